import { parseJson } from '../../protocol/codec.ts';
import type { RefusalCode } from '../../protocol/codes.ts';
import { isObject } from '../../protocol/json.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';

/** Deeper than anything in the protocol. Deeper values could overflow the stack of recursive code. */
const depthMax = 32;

/** Parses bytes from a robot as a JSON object that is safe to traverse. Never throws. */
export function readObject(payload: Uint8Array): Result<Record<string, unknown>, RefusalCode> {
  const parsed = parseJson(payload);
  if (!parsed.ok) return parsed;
  if (!isObject(parsed.value)) return refuse('wrong-schema', 'the message is not a JSON object');
  if (depthOver(parsed.value, depthMax)) {
    return refuse('wrong-schema', `the message is nested deeper than ${depthMax} levels`);
  }
  return ok(parsed.value);
}

/** Whether objects and arrays are nested deeper than `max`. `max` also bounds the recursion: `value` is untrusted. */
export function depthOver(value: unknown, max: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (max === 0) return true;
  const members: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  return members.some((member) => depthOver(member, max - 1));
}
