import { check, type Message, type MessageName } from './codec.ts';
import type { RefusalCode } from './codes.ts';
import * as validators from './generated/validators.js';
import { limits } from './limits.ts';
import { ok, type Result } from './result.ts';

/** A part of a message that was invalid and was left out, as the path of names that leads to it. */
export interface Dropped {
  readonly path: readonly string[];
  readonly why: string;
}

export interface Parts<N extends MessageName> {
  readonly message: Message<N>;
  readonly dropped: readonly Dropped[];
}

/** A part whose absence does not affect the others. `max`: the most members; `cut`: longer text is cut. */
interface Part {
  readonly path: string;
  readonly max?: number;
  readonly cut?: number;
}

const settings = { max: limits.settingsMax };
const reports = { max: limits.reportsPerListMax };

/**
 * The independent parts of each message, the innermost first. A document with several authors, or a list, is read part
 * by part, so that one invalid member does not invalidate the others. Parts that others depend on are not listed:
 * without a grant, `MapGranted` would mean that the map is stored, and without an execution, `JobNext` that there is no
 * job.
 */
const independent: { readonly [N in MessageName]?: readonly Part[] } = {
  ShadowGetAccepted: [
    { path: 'state/desired/settings/*', ...settings },
    { path: 'state/reported/settings/*', ...settings },
    { path: 'state/reported/refused/*', ...settings },
    { path: 'state/reported/agent/*', ...settings },
    { path: 'state/desired/settings' },
    { path: 'state/reported/settings' },
    { path: 'state/reported/refused' },
    { path: 'state/reported/agent' },
    { path: 'state/desired' },
    { path: 'state/reported' },
    { path: 'clientToken' },
  ],
  ShadowDelta: [{ path: 'state/settings/*', ...settings }, { path: 'state/settings' }],
  ShadowUpdateAccepted: [{ path: 'clientToken' }],
  ShadowRejected: [{ path: 'message', cut: 512 }, { path: 'timestamp' }, { path: 'clientToken' }],
  JobNext: [
    { path: 'execution/statusDetails/*', max: 64 },
    { path: 'execution/statusDetails' },
    { path: 'clientToken' },
  ],
  JobUpdateAccepted: [{ path: 'clientToken' }],
  JobRejected: [
    { path: 'message', cut: 1024 },
    { path: 'message' },
    { path: 'clientToken' },
    { path: 'executionState' },
  ],
  ProvisioningRejected: [{ path: 'errorMessage', cut: 1024 }, { path: 'errorMessage' }],
  ReportsAccepted: [
    { path: 'accepted/*', ...reports },
    { path: 'grants/*', ...reports },
    { path: 'grants' },
  ],
  ReportsRejected: [
    { path: 'rejected/*/message', cut: 200 },
    { path: 'rejected/*', ...reports },
  ],
  MapRefused: [{ path: 'message', cut: 200 }],
  CommandOutcome: [{ path: 'reason', cut: 80 }, { path: 'reason' }],
};

/** More than all parts of one message together, once each is within its bound. */
const triesMax = 400;

/** Checks `data` part by part and removes invalid parts in place. Never throws. */
export function checkParts<N extends MessageName>(
  name: N,
  data: unknown,
): Result<Parts<N>, RefusalCode> {
  const parts = independent[name] ?? [];
  const dropped: Dropped[] = parts.flatMap((part) => withinMax(data, part));
  for (let tries = 0; ; tries++) {
    const checked = check(name, data);
    if (checked.ok) return ok({ message: checked.value, dropped });
    const at = faultPath(name);
    const part = parts.find(({ path }) => leadsTo(path, at));
    if (part === undefined || tries >= triesMax) return checked;
    const path = at.slice(0, part.path.split('/').length);
    if (part.cut !== undefined && shortenText(data, path, part.cut)) continue;
    const other = parts.find((one) => one.cut === undefined && leadsTo(one.path, at));
    if (other === undefined) return checked;
    const shorter = at.slice(0, other.path.split('/').length);
    remove(data, shorter);
    dropped.push({ path: shorter, why: checked.message });
  }
}

/** Where the check failed: a JSON pointer, and the name of a member when that was invalid. */
function faultPath(name: MessageName): string[] {
  // biome-ignore lint/performance/noDynamicNamespaceImportAccess: all validators are needed, by their names.
  const faults = (validators[name].errors ?? []) as readonly {
    instancePath: string;
    propertyName?: string;
  }[];
  const [first] = faults;
  if (first === undefined) return [];
  const names = first.instancePath.split('/').slice(1).map(unescapePointer);
  const { propertyName } = first;
  return propertyName === undefined ? names : [...names, propertyName];
}

const unescapePointer = (name: string): string => name.replaceAll('~1', '/').replaceAll('~0', '~');

function leadsTo(path: string, at: readonly string[]): boolean {
  const names = path.split('/');
  return (
    at.length >= names.length && names.every((name, index) => name === '*' || name === at[index])
  );
}

/** Keeps `max` members of a table or list, those with a valid type of value first. */
function withinMax(data: unknown, { path, max }: Part): Dropped[] {
  if (max === undefined || !path.endsWith('/*')) return [];
  const container = path.split('/').slice(0, -1);
  const found = valueAt(data, container);
  if (typeof found !== 'object' || found === null) return [];
  const drop = (name: string): Dropped => ({ path: [...container, name], why: 'too many' });
  if (Array.isArray(found)) {
    return found.splice(max).map((_, index) => drop(String(max + index)));
  }
  const members = Object.entries(found);
  const isPlain = ([name, value]: [string, unknown]) =>
    name.length <= 64 && (typeof value !== 'object' || value === null);
  const excess = [...members.filter(isPlain), ...members.filter((one) => !isPlain(one))].slice(max);
  for (const [name] of excess) delete (found as Record<string, unknown>)[name];
  return excess.map(([name]) => drop(name));
}

function valueAt(data: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    data,
  );
}

function remove(data: unknown, path: readonly string[]): void {
  const container = valueAt(data, path.slice(0, -1));
  const name = path.at(-1) ?? '';
  if (Array.isArray(container)) container.splice(Number(name), 1);
  else if (container !== undefined) delete (container as Record<string, unknown>)[name];
}

/** False when the fault is not text that is too long. */
function shortenText(data: unknown, path: readonly string[], max: number): boolean {
  const text = valueAt(data, path);
  if (typeof text !== 'string' || Array.from(text).length <= max) return false;
  const container = valueAt(data, path.slice(0, -1)) as Record<string, unknown>;
  container[path.at(-1) ?? ''] = Array.from(text).slice(0, max).join('');
  return true;
}
