import type { Static } from 'typebox';
import type { RefusalCode } from './codes.ts';
import * as validators from './generated/validators.js';
import { isJson } from './json.ts';
import { limits } from './limits.ts';
import { ok, type Result, refuse } from './result.ts';
import type { schemas } from './schemas/index.ts';

export type MessageName = keyof typeof schemas;
export type Message<N extends MessageName> = Static<(typeof schemas)[N]>;

/** Checks `data` against the schema `name`; unknown words in it become `unknown` in place. Never throws. */
export function check<N extends MessageName>(
  name: N,
  data: unknown,
): Result<Message<N>, RefusalCode> {
  // biome-ignore lint/performance/noDynamicNamespaceImportAccess: all validators are needed, by their names.
  const validate = validators[name];
  if (validate(data)) return ok(data as Message<N>);
  const fault = validate.errors?.[0];
  const extra = fault?.params?.additionalProperty;
  const message =
    extra === undefined ? fault?.message : `has no field ${JSON.stringify(extra.slice(0, 64))}`;
  return refuse(
    'wrong-schema',
    `${fault?.instancePath || 'the message'} ${message ?? 'does not fit'}`,
  );
}

/** Bytes from outside to a value: size, UTF-8, JSON. Never throws. */
export function parseJson(
  payload: Uint8Array,
  bytesMax: number = limits.messageBytesMax,
): Result<unknown, RefusalCode> {
  if (payload.byteLength > bytesMax) {
    return refuse('too-large', `${payload.byteLength} bytes, at most ${bytesMax} are taken`);
  }
  if (!isJson(payload)) return refuse('not-json', codesText(payload));
  try {
    return ok(JSON.parse(decoder.decode(payload)));
  } catch {
    return refuse('not-json', codesText(payload));
  }
}

/** Bytes from outside to a message of the kind `name`. Never throws. */
export function decode<N extends MessageName>(
  name: N,
  payload: Uint8Array,
): Result<Message<N>, RefusalCode> {
  const parsed = parseJson(payload);
  return parsed.ok ? check(name, parsed.value) : parsed;
}

/** Encodes a message. The types check outgoing messages; receivers validate again. */
export function encode<N extends MessageName>(_name: N, message: Message<N>): Uint8Array {
  return encoder.encode(JSON.stringify(message));
}

/** Length of a value as JSON in UTF-8. */
export const jsonBytes = (value: unknown): number =>
  encoder.encode(JSON.stringify(value)).byteLength;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

const codesText = (payload: Uint8Array): string =>
  `${payload.byteLength} bytes that are not JSON in UTF-8`;
