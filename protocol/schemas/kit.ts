import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import { limits } from '../limits.ts';

/**
 * The building blocks of all schemas. Schema files are values for the validator generator and types for everything else
 * (`import type`), so a robot never loads the schema library.
 */
export { type Static, type TProperties, type TSchema, Type };

/**
 * One of `words`. An older reader may receive words that it does not know: the validators accept any short word and
 * replace an unknown one by `unknown`, so a newer peer is never rejected for its vocabulary.
 */
export const Word = <const W extends readonly string[]>(words: W) =>
  Type.Unsafe<W[number] | 'unknown'>({ type: 'string', maxLength: 40, words: [...words] });

/**
 * An object used as a table: any names up to `nameCharsMax` long, every value of one kind. (`Type.Record` becomes the
 * pattern `^.*$`, which does not limit the length of names and skips values whose name has a line end.)
 */
export const Table = <S extends TSchema>(
  value: S,
  bounds: { readonly nameCharsMax: number; readonly entriesMax: number },
) =>
  Type.Unsafe<Record<string, Static<S>>>({
    type: 'object',
    propertyNames: { maxLength: bounds.nameCharsMax },
    additionalProperties: value,
    maxProperties: bounds.entriesMax,
  });

export const Version = Type.Literal(1);
export const Text = (maxLength: number) => Type.String({ maxLength });
export const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const Amount = Type.Number({ minimum: 0, maximum: 1e12 });
/** AWS's timestamps: seconds since 1970, in some samples milliseconds; nothing beyond the year 2103. */
export const AwsTime = Type.Number({ minimum: 0, maximum: 4.2e12 });
export const WallMs = Type.Integer({ minimum: 0, maximum: 8.64e15 });
export const RobotId = Type.String({ pattern: '^[A-Za-z0-9:_-]{1,64}$' });
export const MissionId = Type.String({ pattern: '^[0-9a-f]{16}-[1-9][0-9]{0,14}$' });
export const Id = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' });
export const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });
export const Url = Type.String({ minLength: 1, maxLength: limits.urlCharsMax });
