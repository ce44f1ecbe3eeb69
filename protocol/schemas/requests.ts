import { type Static, type TProperties, Type, Version } from './kit.ts';

/**
 * Requests to an agent, by its own command line and other local clients. Unlike a message of a newer cloud, a request
 * with an unknown field is rejected: a misspelt field must not change what the request does.
 */
const Strict = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

/** The form of every request; `params` are checked by the schema of the method. */
export const RequestLine = Strict({
  v: Type.Optional(Version),
  method: Type.String({ minLength: 1, maxLength: 64 }),
  params: Type.Optional(Type.Object({})),
});
export type RequestLine = Static<typeof RequestLine>;

export const StatusParams = Strict({});

export const MissionsParams = Strict({
  /** Return everything that is kept, not only the newest of each list. */
  all: Type.Optional(Type.Boolean()),
});

export const RenewParams = Strict({
  /** Renew with a new key, made on the robot. */
  rotateKey: Type.Optional(Type.Boolean()),
});

export const ExitSafeModeParams = Strict({});
