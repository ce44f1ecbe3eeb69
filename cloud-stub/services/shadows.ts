import { jsonBytes, parseJson } from '../../protocol/codec.ts';
import { isObject } from '../../protocol/json.ts';
import type { RobotId } from '../../protocol/topics.ts';
import { jsonPayload, type Outbound, seconds } from '../core/messages.ts';
import type { Reads } from '../core/store.ts';
import type { Context } from '../core/unit.ts';
import type { ShadowRow } from '../rows.ts';
import {
  difference,
  merge,
  mergeMetadata,
  metadataOf,
  readSection,
  type ShadowPatch,
} from './shadow-state.ts';

/**
 * Device shadows, classic and named. A request arrives as bytes, by MQTT or HTTP, and is answered by one document. An accepted
 * update also publishes `delta` while desired and reported differ, and `documents`. Source: AWS IoT developer guide,
 * "Device Shadow service".
 */

export type ShadowVerb = 'get' | 'update' | 'delete';

export interface ShadowAnswer {
  /** 200, or the code of the rejection. */
  readonly code: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ShadowRequest {
  readonly thing: RobotId;
  /** Of a named shadow; absent for the classic one. */
  readonly name?: string;
  readonly verb: ShadowVerb;
  readonly payload: Uint8Array;
}

type ShadowId = Pick<ShadowRequest, 'thing' | 'name'>;

/** The classic shadow is under its thing, the named ones below it. */
const keyOf = ({ thing, name }: ShadowId): string =>
  name === undefined ? thing : `${namedPrefix(thing)}${name}`;
const namedPrefix = (thing: RobotId): string => `${thing}/`;

const topicBase = ({ thing, name }: ShadowId): string =>
  `$aws/things/${thing}/shadow${name === undefined ? '' : `/name/${name}`}`;

/** A robot must not fill the store with shadows. AWS has no such limit. */
export const namedShadowsMax = 64;

/** The names of a thing's named shadows (AWS: ListNamedShadowsForThing). */
export const shadowNames = (rows: Pick<Reads, 'get' | 'list'>, thing: RobotId): string[] =>
  liveShadows(rows, thing).flatMap(({ name }) => name ?? []);

/** The shadows of a thing; the classic one has no name. */
export function liveShadows(
  rows: Pick<Reads, 'get' | 'list'>,
  thing: RobotId,
): { readonly name?: string; readonly row: ShadowRow }[] {
  const classic = rows.get('shadows', thing);
  const named = rows.list('shadows', namedPrefix(thing)).map(({ key, value: row }) => ({
    ...{ name: key.slice(namedPrefix(thing).length), row },
  }));
  const all = [...(classic === undefined ? [] : [{ row: classic }]), ...named];
  return all.filter(({ row }) => row.deletedMs === undefined);
}

/** Every shadow of a thing is removed, without a trace. */
export function removeShadows(ctx: Context, thing: RobotId): void {
  ctx.store.remove('shadows', thing);
  for (const { key } of ctx.store.list('shadows', namedPrefix(thing))) {
    ctx.store.remove('shadows', key);
  }
}

/** The version of a deleted shadow keeps counting for this long. */
const tombstoneMs = 48 * 3_600_000;
const sections = ['desired', 'reported'] as const;

/**
 * Serves one request and publishes its answer, also a success by HTTP: only a rejection by HTTP is not published.
 * `payload` may be empty for `get` and `delete`. Never throws on input.
 */
export function serveShadow(
  ctx: Context,
  request: ShadowRequest,
  by: 'mqtt' | 'http',
): ShadowAnswer {
  const { answer, events = [] } = answerTo(ctx, request);
  if (by === 'mqtt' || answer.code === 200) ctx.emit(shadowReply(request, answer));
  for (const [channel, document] of events) {
    const topic = `${topicBase(request)}/update/${channel}`;
    ctx.emit({ robot: request.thing, topic, payload: jsonPayload(document) });
  }
  return answer;
}

type Events = readonly (readonly ['delta' | 'documents', Record<string, unknown>])[];

function answerTo(ctx: Context, request: ShadowRequest): { answer: ShadowAnswer; events?: Events } {
  const { verb } = request;
  const body = readBody(request);
  if ('code' in body) return rejected(ctx, body, undefined);
  const clientToken = body.fields['clientToken'];
  if (clientToken !== undefined && !isToken(clientToken)) {
    return rejected(ctx, { code: 400, message: 'Invalid clientToken' }, undefined);
  }
  const answer =
    verb === 'update' ? update(ctx, request, body.fields) : readOrDelete(ctx, request, verb);
  if ('code' in answer) return rejected(ctx, answer, clientToken);
  const stamp = { timestamp: seconds(ctx.nowMs), ...(clientToken ? { clientToken } : {}) };
  return {
    answer: { code: 200, body: { ...answer.body, ...stamp } },
    events: (answer.events ?? []).map(([channel, body]) => [channel, { ...body, ...stamp }]),
  };
}

function shadowReply(request: ShadowRequest, answer: ShadowAnswer): Outbound {
  const { thing, verb } = request;
  const word = answer.code === 200 ? 'accepted' : 'rejected';
  return {
    robot: thing,
    topic: `${topicBase(request)}/${verb}/${word}`,
    payload: jsonPayload(answer.body),
  };
}

/** The current shadow, without tombstones. */
function liveShadow(ctx: Context, id: ShadowId): ShadowRow | undefined {
  const row = ctx.store.get('shadows', keyOf(id));
  return row?.deletedMs === undefined ? row : undefined;
}

interface Fault {
  readonly code: number;
  readonly message: string;
}
interface Success {
  readonly body: Readonly<Record<string, unknown>>;
  readonly events?: Events;
}

function readBody({
  verb,
  payload,
}: {
  verb: ShadowVerb;
  payload: Uint8Array;
}): { fields: Record<string, unknown> } | Fault {
  if (payload.byteLength === 0 && verb !== 'update') return { fields: {} };
  const parsed = parseJson(payload);
  if (parsed.ok && isObject(parsed.value)) return { fields: parsed.value };
  // The service ignores the payload of `delete`; AWS's SDK sends a token in it and waits for it.
  if (verb === 'delete') return { fields: {} };
  if (!parsed.ok && parsed.code === 'too-large') return tooLarge;
  return isUtf8(payload) ? { code: 400, message: 'Invalid JSON' } : notUtf8;
}

const tokenBytesMax = 64;

const isToken = (value: unknown): value is string =>
  typeof value === 'string' && encoder.encode(value).byteLength <= tokenBytesMax;

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true });

function isUtf8(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

const notUtf8: Fault = {
  code: 415,
  message: 'Unsupported documented encoding; supported encoding is UTF-8',
};

function readOrDelete(ctx: Context, id: ShadowId, verb: 'get' | 'delete'): Success | Fault {
  const row = liveShadow(ctx, id);
  if (row === undefined) {
    return { code: 404, message: `No shadow exists with name: '${id.name ?? id.thing}'` };
  }
  if (verb === 'get') return { body: getDocument(row) };
  ctx.store.put('shadows', keyOf(id), {
    metadata: {},
    version: row.version,
    changedMs: ctx.nowMs,
    deletedMs: ctx.nowMs,
  });
  return { body: { version: row.version } };
}

function update(ctx: Context, id: ShadowId, fields: Record<string, unknown>): Success | Fault {
  const patch = readPatch(fields, ctx.config.shadowDepthMax);
  if ('code' in patch) return patch;
  const stored = ctx.store.get('shadows', keyOf(id));
  if (stored === undefined && id.name !== undefined && isFull(ctx, id.thing)) {
    const message = `a thing has at most ${namedShadowsMax} named shadows`;
    return { code: 429, message };
  }
  const expired = stored?.deletedMs !== undefined && ctx.nowMs - stored.deletedMs > tombstoneMs;
  const before: ShadowRow =
    stored === undefined || expired ? { metadata: {}, version: 0, changedMs: ctx.nowMs } : stored;
  const { version } = fields;
  if (version !== undefined && version !== null) {
    if (!Number.isSafeInteger(version)) return { code: 400, message: 'Invalid version' };
    if (version !== before.version) return { code: 409, message: 'Version conflict' };
  }
  const after = applyPatch(before, patch.state, ctx.nowMs);
  if (jsonBytes({ desired: after.desired, reported: after.reported }) > ctx.config.shadowBytesMax) {
    return tooLarge;
  }
  ctx.store.put('shadows', keyOf(id), after);
  const isEmptied = fields['state'] === null;
  return {
    body: {
      ...(isEmptied ? { state: null } : sentPart(after, patch.state)),
      version: after.version,
    },
    events: [...deltaOf(after), ['documents', documentsOf(before, after)]],
  };
}

const isFull = (ctx: Context, thing: RobotId): boolean =>
  ctx.store.list('shadows', namedPrefix(thing)).length >= namedShadowsMax;

type StatePatch = { [S in (typeof sections)[number]]?: ShadowPatch | null };

function readPatch(
  fields: Record<string, unknown>,
  depthMax: number,
): { state: StatePatch } | Fault {
  if (!Object.hasOwn(fields, 'state')) {
    return { code: 400, message: 'Missing required node: state' };
  }
  const given = fields['state'];
  if (given === null) return { state: { desired: null, reported: null } };
  if (!isObject(given)) return { code: 400, message: 'State node must be an object' };
  const hasUnknown = Object.keys(given).some((key) => key !== 'desired' && key !== 'reported');
  if (hasUnknown) return { code: 400, message: 'State contains an invalid node' };
  const state: StatePatch = {};
  for (const section of sections) {
    if (!Object.hasOwn(given, section)) continue;
    const value = given[section];
    if (value !== null && !isObject(value)) {
      const name = section === 'desired' ? 'Desired' : 'Reported';
      return { code: 400, message: `${name} node must be an object` };
    }
    const checked = value === null ? undefined : readSection(value, depthMax);
    if (checked?.ok === false) return { code: 400, message: checked.message };
    state[section] = checked?.value ?? null;
  }
  return { state };
}

function applyPatch(before: ShadowRow, patch: StatePatch, nowMs: number): ShadowRow {
  const after: ShadowRow = {
    ...before,
    metadata: { ...before.metadata },
    version: before.version + 1,
    changedMs: nowMs,
  };
  delete after.deletedMs;
  for (const section of sections) {
    const change = patch[section];
    if (change === undefined) continue;
    if (change === null) {
      delete after[section];
      delete after.metadata[section];
    } else {
      const old = before.metadata[section] ?? {};
      after[section] = merge(before[section] ?? {}, change);
      after.metadata[section] = mergeMetadata(old, change, seconds(nowMs));
    }
    // An empty section vanishes: one sent empty, and one whose last field became null.
    if (Object.keys(after[section] ?? {}).length === 0) {
      delete after[section];
      delete after.metadata[section];
    }
  }
  return after;
}

/** `update/accepted` repeats what was sent, with the metadata of only that. */
function sentPart(after: ShadowRow, patch: StatePatch): Record<string, unknown> {
  const metadata: Record<string, unknown> = {};
  for (const section of sections) {
    const sent = patch[section];
    const all = after.metadata[section];
    if (sent && all) metadata[section] = metadataOf(all, sent);
  }
  return { state: patch, metadata };
}

function deltaOf(row: ShadowRow): ['delta', Record<string, unknown>][] {
  const delta = difference(row.desired ?? {}, row.reported ?? {});
  if (delta === undefined) return [];
  const metadata = metadataOf(row.metadata.desired ?? {}, delta);
  return [['delta', { state: delta, metadata, version: row.version }]];
}

function documentsOf(before: ShadowRow, after: ShadowRow): Record<string, unknown> {
  const side = (row: ShadowRow) => ({
    state: stateOf(row),
    metadata: row.metadata,
    version: row.version,
  });
  return { previous: side(before), current: side(after) };
}

const stateOf = ({ desired, reported }: ShadowRow) => ({
  ...(desired ? { desired } : {}),
  ...(reported ? { reported } : {}),
});

function getDocument(row: ShadowRow): Record<string, unknown> {
  const delta = difference(row.desired ?? {}, row.reported ?? {});
  if (delta === undefined) {
    return { state: stateOf(row), metadata: row.metadata, version: row.version };
  }
  // The guide's "Delta state": its metadata are those of the desired fields.
  const metadata = { ...row.metadata, delta: metadataOf(row.metadata.desired ?? {}, delta) };
  return { state: { ...stateOf(row), delta }, metadata, version: row.version };
}

const tooLarge: Fault = { code: 413, message: 'The payload exceeds the maximum size allowed' };

function rejected(
  ctx: Context,
  { code, message }: Fault,
  clientToken?: string,
): { answer: ShadowAnswer } {
  const token = clientToken ? { clientToken } : {};
  return { answer: { code, body: { code, message, timestamp: seconds(ctx.nowMs), ...token } } };
}
