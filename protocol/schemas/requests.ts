import { type Static, type TProperties, Type, Version } from './kit.ts';

/**
 * Requests to an agent, by its own command line and whoever else is let in. Unlike a message of a newer cloud, a request
 * with an unknown field is refused: whoever misspells a field must not get something else than was meant.
 */
const Strict = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** What every request looks like; `params` are checked by the schema of the method. */
export const RequestLine = Strict({
  v: Type.Optional(Version),
  method: Type.String({ minLength: 1, maxLength: 64 }),
  params: Type.Optional(Type.Object({})),
});
export type RequestLine = Static<typeof RequestLine>;

export const StatusParams = Strict({});

export const MissionsParams = Strict({
  /** All that is kept, not only the newest of each list. */
  all: Type.Optional(Type.Boolean()),
});

export const RenewParams = Strict({
  /** With a new key, made on the robot. */
  rotateKey: Type.Optional(Type.Boolean()),
});

export const ExitSafeModeParams = Strict({});
