/** The purpose of a certificate, as data. No content of a request changes its profile. */
export interface Profile {
  readonly authority: false | { readonly pathLength: number };
  readonly keyUsage: readonly KeyUsage[];
  readonly extendedKeyUsage: readonly ExtendedKeyUsage[];
  /** Whether host names must be given (subject alternative name) or must not. */
  readonly hasHostNames: boolean;
}

export type KeyUsage = keyof typeof keyUsageBits;
export type ExtendedKeyUsage = keyof typeof extendedKeyUsageOids;

/** RFC 5280 section 4.2.1.3: bit numbers, bit 0 is the most significant one. */
export const keyUsageBits = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;

/** RFC 5280 section 4.2.1.12. */
export const extendedKeyUsageOids = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

/** A robot: TLS client only. */
export const deviceProfile: Profile = {
  authority: false,
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['clientAuth'],
  hasHostNames: false,
};

/** A CA that signs end certificates and revocation lists, but no other CA. */
export const caProfile: Profile = {
  authority: { pathLength: 0 },
  keyUsage: ['keyCertSign', 'cRLSign'],
  extendedKeyUsage: [],
  hasHostNames: false,
};

/** A server of the cloud. */
export const serverProfile: Profile = {
  authority: false,
  keyUsage: ['digitalSignature'],
  extendedKeyUsage: ['serverAuth'],
  hasHostNames: true,
};
