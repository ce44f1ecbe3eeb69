import { parseJson } from '../protocol/codec.ts';
import type { RefusalCode } from '../protocol/codes.ts';
import { isObject } from '../protocol/json.ts';
import { ok, type Result, refuse } from '../protocol/result.ts';

/** Deeper than anything of the protocol. Deeper values could overflow the stack of whoever walks through them. */
const depthMax = 32;

/** Bytes from a robot to a JSON object that is safe to walk through. Never throws. */
export function readObject(payload: Uint8Array): Result<Record<string, unknown>, RefusalCode> {
  const parsed = parseJson(payload);
  if (!parsed.ok) return parsed;
  if (!isObject(parsed.value)) return refuse('wrong-schema', 'the message is not a JSON object');
  if (depthOver(parsed.value, depthMax)) {
    return refuse('wrong-schema', `the message is nested deeper than ${depthMax} levels`);
  }
  return ok(parsed.value);
}

/** Whether objects and arrays are nested in more than `max` levels; without recursion, since `value` is a stranger's. */
export function depthOver(value: unknown, max: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > max) return true;
    level = level.filter((node) => typeof node === 'object' && node !== null);
    level = level.flatMap((node) => Object.values(node as object));
  }
  return false;
}
