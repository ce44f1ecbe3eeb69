import type { BootState, Fallback, Slot } from '../../hal/boot-control.ts';
import type {
  BodyEvent,
  BodyMap,
  BodyMission,
  BodyPhase,
  BodySettings,
  BodySnapshot,
  CommandRecord,
  Initiator,
  Verb,
} from '../../hal/robot-body.ts';
import type { SystemInfo } from '../../hal/system.ts';
import { isObject } from '../../protocol/json.ts';
import { limits } from '../../protocol/limits.ts';
import { Findings, readCount, readFigure, readId, readList, readWord } from './checks.ts';
import { endedMax, eventsPerAnswerMax, recordsMax, settingsMax } from './limits.ts';

/** The readable part of an answer, and the faults of the rest. */
export interface Read<T> {
  readonly value: T;
  readonly faults: readonly string[];
}

/**
 * Parses a snapshot by its independent parts. A part that could not be read is `null`, which means unknown: it does not
 * mean that there is no mission.
 */
export interface ReadSnapshot {
  readonly activity: BodyActivity | null;
  readonly commands: readonly CommandRecord[] | null;
  readonly settings: BodySettings | null;
}

/** The body's current and past activity. */
export type BodyActivity = Omit<BodySnapshot, 'commands' | 'settings' | 'pose'>;

export function readSnapshot(answer: unknown): Read<ReadSnapshot> {
  const findings = new Findings('body.snapshot: ');
  const nothing = { activity: null, commands: null, settings: null };
  if (!isObject(answer)) {
    findings.expect('answer', 'an object', answer);
    return { value: nothing, faults: findings.faults };
  }
  const commands = readList(findings, 'commands', answer['commands'], {
    ...{ max: recordsMax, newest: true },
    read: (one, path) => recordOf(findings, path, one),
  });
  const value = {
    activity: activityOf(findings, answer) ?? null,
    commands: commands ?? null,
    settings: settingsOf(findings, answer['settings']) ?? null,
  };
  return { value, faults: findings.faults };
}

export function readEvents(answer: unknown): Read<readonly BodyEvent[] | undefined> {
  const findings = new Findings('body.events: ');
  const read = (one: unknown, path: string) => eventOf(findings, path, one);
  const max = eventsPerAnswerMax;
  const events = readList(findings, 'answer', answer, { max, newest: false, read });
  return { value: events, faults: findings.faults };
}

export function readRecord(answer: unknown): Read<CommandRecord | undefined> {
  const findings = new Findings('body.command: ');
  return { value: recordOf(findings, 'answer', answer), faults: findings.faults };
}

/** Rejection reasons by name; a name without a readable reason counts as rejected, too. */
export function readRefused(
  answer: unknown,
): Read<{ refused: Record<string, string> } | undefined> {
  const findings = new Findings('body.configure: ');
  const refused = isObject(answer) ? answer['refused'] : undefined;
  if (!isObject(refused)) {
    findings.expect('refused', 'an object', refused);
    return { value: undefined, faults: findings.faults };
  }
  const reasons = Object.entries(refused)
    .slice(0, settingsMax)
    .map(([name, reason]) => {
      return [name, readWord(findings, `refused.${name}`, reason) ?? 'refused'] as const;
    });
  return { value: { refused: Object.fromEntries(reasons) }, faults: findings.faults };
}

export function readMap(answer: unknown): Read<BodyMap | undefined> {
  const findings = new Findings('body.map: ');
  const done = (value?: BodyMap) => ({ value, faults: findings.faults });
  if (!isObject(answer)) return done(findings.expect('answer', 'an object', answer));
  const { width, height, resolution, origin, cells } = answer;
  const wide = readSize(findings, 'width', width);
  const high = readSize(findings, 'height', height);
  if (wide === undefined || high === undefined) return done();
  if (!(cells instanceof Uint8Array) || cells.length !== wide * high) {
    return done(findings.expect('cells', `${wide} x ${high} cells`, cellsIn(cells)));
  }
  const at = isObject(origin) ? origin : {};
  const x = readFigure(findings, 'origin.x', at['x']);
  const y = readFigure(findings, 'origin.y', at['y']);
  const metres = readFigure(findings, 'resolution', resolution);
  return done({ width: wide, height: high, resolution: metres, origin: { x, y }, cells });
}

export function readBootState(answer: unknown): Read<BootState | undefined> {
  const findings = new Findings('boot.state: ');
  const done = (value?: BootState) => ({ value, faults: findings.faults });
  if (!isObject(answer)) return done(findings.expect('answer', 'an object', answer));
  // Empty if no slot of the board runs: the agent was started by hand.
  const booted =
    answer['booted'] === '' ? '' : readWord<string>(findings, 'booted', answer['booted']);
  const next = answer['next'] === '' ? '' : readWord<string>(findings, 'next', answer['next']);
  const { onTrial } = answer;
  if (typeof onTrial !== 'boolean') findings.expect('onTrial', 'true or false', onTrial);
  const slots = readList(findings, 'slots', answer['slots'], {
    ...{ max: 8, newest: false },
    read: (one, path) => slotOf(findings, path, one),
  });
  // An unknown slot would be treated as missing.
  if (findings.faults.length > 0 || slots === undefined) return done();
  if (booted === undefined || next === undefined) return done();
  const fallback = fallbackOf(findings, answer['fallback']);
  return done({ booted, next, onTrial: onTrial === true, slots, ...(fallback && { fallback }) });
}

function fallbackOf(findings: Findings, value: unknown): Fallback | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) return findings.expect('fallback', 'an object', value);
  const slot = readWord<string>(findings, 'fallback.slot', value['slot']);
  const reason = readWord<Fallback['reason']>(findings, 'fallback.reason', value['reason']);
  if (slot === undefined || reason === undefined) return undefined;
  const { starts, detail, wasConfirmed } = value;
  return {
    ...{ slot, reason, detail: typeof detail === 'string' ? detail.slice(0, 200) : '' },
    ...(Number.isSafeInteger(starts) && { starts: Number(starts) }),
    ...(typeof wasConfirmed === 'boolean' && { wasConfirmed }),
  };
}

export function readSystemInfo(answer: unknown): Read<SystemInfo | undefined> {
  const findings = new Findings('system.info: ');
  const done = (value?: SystemInfo) => ({ value, faults: findings.faults });
  if (!isObject(answer)) return done(findings.expect('answer', 'an object', answer));
  const { bootId, hardwareId, watchdogS, isClockSynced } = answer;
  for (const [path, text] of Object.entries({ bootId, hardwareId })) {
    if (typeof text === 'string' && text.length >= 1 && text.length <= 128) continue;
    return done(findings.expect(path, 'text of 1 to 128 characters', text));
  }
  const seconds = readFigure(findings, 'watchdogS', watchdogS);
  // A watchdog period below a second cannot be met; without a watchdog there is no period.
  if (seconds < 1) return done(findings.expect('watchdogS', 'at least 1', watchdogS));
  return done({
    ...{ bootId: bootId as string, hardwareId: hardwareId as string, watchdogS: seconds },
    ...(typeof isClockSynced === 'boolean' && { isClockSynced }),
  });
}

function activityOf(
  findings: Findings,
  answer: Readonly<Record<string, unknown>>,
): BodyActivity | undefined {
  const phase = readWord<BodyPhase>(findings, 'phase', answer['phase']);
  const mission =
    answer['mission'] === null ? null : missionOf(findings, 'mission', answer['mission']);
  const ended = readList(findings, 'ended', answer['ended'], {
    ...{ max: endedMax, newest: true },
    read: (one, path) => missionOf(findings, path, one),
  });
  const lastEvent = readCount(findings, 'lastEvent', answer['lastEvent']);
  const batteryPct = readFigure(findings, 'batteryPct', answer['batteryPct']);
  const clock = isObject(answer['clock']) ? answer['clock'] : {};
  const nowS = readFigure(findings, 'clock.nowS', clock['nowS']);
  const speed = readFigure(findings, 'clock.speed', clock['speed']);
  if (phase === undefined || mission === undefined) return undefined;
  if (ended === undefined || lastEvent === undefined) return undefined;
  return { phase, batteryPct, mission, ended, lastEvent, clock: { nowS, speed } };
}

function missionOf(findings: Findings, path: string, value: unknown): BodyMission | undefined {
  if (!isObject(value)) return findings.expect(path, 'a mission', value);
  const members = findings.inside(path);
  const missionId = readId(members, 'id', value['id']);
  if (missionId === undefined) return undefined;
  const number = (name: string) => readFigure(members, name, value[name]);
  const optional = (name: string) => (value[name] === undefined ? undefined : number(name));
  const endedMs = optional('endedMs');
  const { outcome, tag } = value;
  return {
    id: missionId,
    initiator: readWord<Initiator>(members, 'initiator', value['initiator']) ?? unknown,
    ...(typeof tag === 'string' && { tag: tag.slice(0, 64) }),
    startedMs: number('startedMs'),
    ...(endedMs !== undefined && { endedMs }),
    ...(outcome !== undefined && {
      outcome:
        readWord<NonNullable<BodyMission['outcome']>>(members, 'outcome', outcome) ?? unknown,
    }),
    runS: number('runS'),
    pauseS: number('pauseS'),
    chargeS: number('chargeS'),
    cleanedM2: number('cleanedM2'),
    reachableM2: number('reachableM2'),
    stuckCount: number('stuckCount'),
    rechargeCount: number('rechargeCount'),
    hasMap: value['hasMap'] === true,
  };
}

/** Documents have this word; a body does not report it. */
const unknown = 'unknown' as never;

function eventOf(findings: Findings, path: string, value: unknown): BodyEvent | undefined {
  if (!isObject(value)) return findings.expect(path, 'an event', value);
  const members = findings.inside(path);
  const seq = readCount(members, 'seq', value['seq']);
  const missionId = readId(members, 'missionId', value['missionId']);
  const type = readWord<BodyEvent['type']>(members, 'type', value['type']);
  if (seq === undefined || missionId === undefined || type === undefined) return undefined;
  const atS = readFigure(members, 'atS', value['atS']);
  const { code } = value;
  return { seq, missionId, type, atS, ...(Number.isSafeInteger(code) && { code: Number(code) }) };
}

function recordOf(findings: Findings, path: string, value: unknown): CommandRecord | undefined {
  if (!isObject(value)) return findings.expect(path, 'a record of a command', value);
  const { tag, verb, result, reason } = value;
  if (typeof tag !== 'string' || tag.length < 1 || tag.length > 64) {
    return findings.expect(`${path}.tag`, 'text of 1 to 64 characters', tag);
  }
  if (result !== 'done' && result !== 'refused') {
    return findings.expect(`${path}.result`, 'done or refused', result);
  }
  const why = typeof reason === 'string' ? { reason: reason.slice(0, 80) } : {};
  return { tag, verb: verb as Verb, result, ...why };
}

function settingsOf(findings: Findings, value: unknown): BodySettings | undefined {
  if (!isObject(value)) return findings.expect('settings', 'an object', value);
  const entries = Object.entries(value);
  if (entries.length > settingsMax) {
    findings.expect('settings', `at most ${settingsMax} entries`, Object.keys(value));
  }
  const readable = entries.slice(0, settingsMax).filter(([name, one]) => {
    const isText = typeof one === 'string' && one.length <= 256;
    const isFine = isText || typeof one === 'boolean' || Number.isFinite(one);
    if (isFine && name.length <= 64) return true;
    findings.expect(`settings.${name.slice(0, 64)}`, 'a word, a number or true or false', one);
    return false;
  });
  return Object.fromEntries(readable) as BodySettings;
}

function slotOf(findings: Findings, path: string, value: unknown): Slot | undefined {
  if (!isObject(value)) return findings.expect(path, 'a slot', value);
  const name = readWord<string>(findings, `${path}.name`, value['name']);
  const state = readWord<Slot['state']>(findings, `${path}.state`, value['state']);
  return name !== undefined && state !== undefined ? (value as unknown as Slot) : undefined;
}

function readSize(findings: Findings, path: string, value: unknown): number | undefined {
  const most = limits.mapBytesMax;
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most) {
    return Number(value);
  }
  return findings.expect(path, `a whole number from 1 to ${most}`, value);
}

const cellsIn = (cells: unknown): unknown =>
  cells instanceof Uint8Array ? `${cells.length} cells` : cells;
