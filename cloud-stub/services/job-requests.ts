import { parseJson } from '../../protocol/codec.ts';
import { isObject } from '../../protocol/json.ts';
import { limits } from '../../protocol/limits.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import { type ExecutionStatus, executionStatuses } from '../job-rows.ts';

/** Parses the devices' requests to the jobs service. */

export type JobsFault =
  | 'InvalidJson'
  | 'InvalidRequest'
  | 'InvalidStateTransition'
  | 'ResourceNotFound'
  | 'TerminalStateReached'
  | 'VersionMismatch';

export type Fields = Readonly<Record<string, unknown>>;

export function readFields(payload: Uint8Array): Result<Fields, JobsFault> {
  if (payload.byteLength === 0) return ok({});
  const parsed = parseJson(payload);
  return parsed.ok && isObject(parsed.value)
    ? ok(parsed.value)
    : refuse('InvalidJson', 'the payload is not a JSON object');
}

export function readStatus(value: unknown): Result<ExecutionStatus, JobsFault> {
  const settable: readonly ExecutionStatus[] = ['IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'REJECTED'];
  const status = executionStatuses.find((word) => word === value);
  return status !== undefined && settable.includes(status)
    ? ok(status)
    : refuse('InvalidRequest', `status must be one of ${settable.join(', ')}`);
}

export function readDetails(value: unknown): Result<Record<string, string> | undefined, JobsFault> {
  if (value === undefined || value === null) return ok(undefined);
  const fits =
    isObject(value) &&
    Object.entries(value).every(
      ([key, text]) =>
        /^[a-zA-Z0-9:_-]{1,128}$/.test(key) &&
        key !== '__proto__' &&
        typeof text === 'string' &&
        text.length <= limits.statusDetailCharsMax &&
        // AWS: at least one character, and none of Unicode's "other", such as a line break.
        /^\P{C}+$/u.test(text),
    );
  return fits
    ? ok(value as Record<string, string>)
    : refuse(
        'InvalidRequest',
        `statusDetails must map short names to texts of 1 to ${limits.statusDetailCharsMax} printable characters`,
      );
}

/** AWS reflects any text; the payload's bound is that of the message. */
export const tokenOf = ({ clientToken }: Fields): Fields =>
  typeof clientToken === 'string' ? { clientToken } : {};

/** Clients send numbers as numbers or as text (embedded C); both are accepted. */
export function numberIn(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
}
