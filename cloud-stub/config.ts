/** How the cloud behaves. */

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A CA whose robots are admitted. */
export interface Authority {
  readonly certificateId: string;
  readonly pem: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** It signs renewed certificates; all others are the factory's. */
  readonly isRenewal: boolean;
}

export interface CloudConfig {
  /** The object store as robots reach it: `https://host:port`, without a path. */
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** How long a map's grant is valid. */
  readonly grantExpiresS: number;
  /** Levels of objects and arrays in one section of a shadow. AWS documents 5, 6 and 8 in different places. */
  readonly shadowDepthMax: number;
  readonly shadowBytesMax: number;
  /** Delays between sends of one command; the last one repeats. */
  readonly commandPausesMs: readonly number[];
  /** A connection this old is assumed to have subscribed: waiting commands are sent again. */
  readonly presenceStableMs: number;
  /** How long a gap in a robot's mission numbers stays before it is requested. */
  readonly gapRequestAfterMs: number;
  /** How long confirmations to one robot gather; 0 sends each at once. */
  readonly confirmWindowMs: number;
  /** Absent: none that the stub knows of. */
  readonly authorities?: readonly Authority[];
  /** The CA that signs renewed certificates, by its certificate's id. Without it there is no renewal. */
  readonly renewalCaId?: string;
  /** The provisioning template that activates a renewed certificate. */
  readonly renewalTemplate: string;
  /** Lifetime of a renewed certificate. */
  readonly renewalLifeMs: number;
  /** Lifetime of an ownership token, and of a certificate whose token was not used. */
  readonly tokenLifeMs: number;
  /** The most ownership tokens that one robot may hold. */
  readonly tokensMax: number;
  /** The most certificates that are made for one robot within an hour. */
  readonly certificatesPerHourMax: number;
  /** How long a superseded certificate stays valid, from the first connection of the new one. */
  readonly retireAfterMs: number;
  /** How long a multipart upload may stay open, and how long the result of a completed one is known. */
  readonly uploadLifeMs: number;
  /** The most open multipart uploads, the most completed ones whose result is known, and the most bytes of all parts. */
  readonly uploadsMax: number;
  readonly uploadBytesMax: number;
  /** What makes a new factory certificate ACTIVE: the handler of its event, or an operator. */
  readonly activation: 'auto' | 'hand';
}

export const cloudDefaults = {
  region: 'us-east-1',
  grantExpiresS: 900,
  shadowDepthMax: 6,
  shadowBytesMax: 8 * 1024,
  commandPausesMs: [5_000, 10_000, 20_000, 40_000, 60_000],
  presenceStableMs: 1_000,
  gapRequestAfterMs: 600_000,
  confirmWindowMs: 200,
  renewalTemplate: 'pilotfish',
  renewalLifeMs: 10 * 365 * 24 * 3_600_000,
  tokenLifeMs: 3_600_000,
  tokensMax: 4,
  certificatesPerHourMax: 10,
  retireAfterMs: 24 * 3_600_000,
  uploadLifeMs: 24 * 3_600_000,
  uploadsMax: 1000,
  uploadBytesMax: 4 * 1024 ** 3,
  activation: 'auto',
} as const satisfies Partial<CloudConfig>;
