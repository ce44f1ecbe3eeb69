import { limits } from '../limits.ts';
import { type Static, Text, Type } from './kit.ts';

// AWS IoT fleet provisioning (developer guide, "Device provisioning MQTT API"), JSON payloads, as far as they are read.

/** The request for a certificate: `create-from-csr/json`. */
export const CertificateRequest = Type.Object({
  certificateSigningRequest: Type.String({ minLength: 1, maxLength: limits.csrCharsMax }),
});
export type CertificateRequest = Static<typeof CertificateRequest>;

/** `create-from-csr/json/accepted`. Token and certificate expire when they are not used within the hour. */
export const CertificateCreated = Type.Object({
  certificateOwnershipToken: Text(4096),
  certificateId: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  certificatePem: Type.String({ minLength: 1, maxLength: limits.certificateCharsMax }),
});
export type CertificateCreated = Static<typeof CertificateCreated>;

/** The request to register a certificate for a thing: `provision/json`. */
export const ThingRequest = Type.Object({
  certificateOwnershipToken: Text(4096),
  parameters: Type.Optional(Type.Object({ SerialNumber: Type.Optional(Text(128)) })),
});
export type ThingRequest = Static<typeof ThingRequest>;

/** `provision/json/accepted`. */
export const ThingRegistered = Type.Object({ thingName: Text(128) });
export type ThingRegistered = Static<typeof ThingRegistered>;

/** Both `rejected` topics. */
export const ProvisioningRejected = Type.Object({
  statusCode: Type.Integer({ minimum: 0, maximum: 999 }),
  errorCode: Text(64),
  errorMessage: Type.Optional(Text(1024)),
});
export type ProvisioningRejected = Static<typeof ProvisioningRejected>;
