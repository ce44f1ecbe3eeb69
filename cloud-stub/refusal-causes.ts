/**
 * Why a connection was refused, as exactly as the cloud knows it. A robot sees little more than that it was refused.
 */
export const connectionRefusals = {
  'no-certificate': 'the client showed no certificate',
  'unknown-ca': 'the certificate is of no CA that is trusted here',
  expired: 'the certificate is expired',
  'not-yet-valid': 'the certificate is not valid yet',
  'wrong-purpose': 'the certificate is not one for TLS clients',
  'certificate-not-valid': 'the certificate did not pass verification',
  'tls-failed': 'the handshake failed or was broken off',
  'ca-inactive': 'the certificate is new, and its CA is INACTIVE',
  'not-registered': 'the certificate is new, and its CA does not register new ones by itself',
  'no-server-name': 'the CA is registered SNI_ONLY, and the client did not name this endpoint',
  'wrong-name': 'the common name is not a robot id',
  pending: 'the certificate is PENDING_ACTIVATION',
  inactive: 'the certificate is INACTIVE',
  revoked: 'the certificate is REVOKED',
  'not-attached': 'the certificate was detached from its thing',
  decommissioned: 'the robot is decommissioned',
  'wrong-client-id': 'the client id is not the common name of the certificate',
  'last-will': 'the last will is one that the robot may not publish',
  malformed: 'the client breaks the rules of MQTT 3.1.1',
  'too-large': 'a packet of the client is larger than any that is taken',
  'other-level': 'the client speaks MQTT 5 or another version than 3.1.1',
  'handshake-timeout': 'the TLS handshake did not end in time',
  'connect-timeout': 'CONNECT did not come in time',
  evicted: 'the peer had not proved who it is, and made room for a newer connection',
  'connections-full': 'there are as many connections as there may be',
  'not-http': 'the request is not HTTP',
  'not-allowed': 'the robot requested what is not its own',
  'too-slow': 'the request, its body or the reading of the answer took too long',
  'not-signed': 'the request is not signed',
  'signature-malformed': 'the signature of the request is not well-formed',
  'signature-expired': 'the date of the request, or of its URL, is over or still to come',
  'unknown-access-key': 'the request is signed with a key that is not the one of this cloud',
  'wrong-signature': 'the signature of the request is wrong',
  'body-too-large':
    'the body is longer than its operation accepts, or than may come before its signature is checked',
  'too-many-bodies': 'there was no room for the body of the request beside others',
} as const satisfies Record<string, string>;

export type ConnectionRefusalCode = keyof typeof connectionRefusals;

export interface ConnectionRefusal {
  readonly code: ConnectionRefusalCode;
  readonly certificateId?: string;
  readonly commonName?: string;
  readonly issuer?: string;
  readonly address?: string;
  /** More detail, such as the error's name. */
  readonly detail?: string;
}
