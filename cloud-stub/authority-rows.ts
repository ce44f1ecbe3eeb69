/** The CAs of the robots, as they are stored. */

export const authorityStatuses = ['ACTIVE', 'INACTIVE'] as const;
export type AuthorityStatus = (typeof authorityStatuses)[number];
export const autoRegistrations = ['ENABLE', 'DISABLE'] as const;
export type AutoRegistration = (typeof autoRegistrations)[number];
export const certificateModes = ['DEFAULT', 'SNI_ONLY'] as const;
export type CertificateMode = (typeof certificateModes)[number];

export interface AuthorityRow {
  certificateId: string;
  status: AuthorityStatus;
  autoRegistration: AutoRegistration;
  changedMs: number;
  /**
   * The CA, when an operator has registered it. Without it the row holds what an operator has changed of a CA that is
   * given at the start, and is of no effect when that is given no more.
   */
  registered?: RegisteredAuthority;
}

export interface RegisteredAuthority {
  pem: string;
  /** The subject, as text. */
  subject: string;
  mode: CertificateMode;
  createdMs: number;
  notBeforeMs: number;
  notAfterMs: number;
}

/** The common name of a verification certificate. */
export interface RegistrationCodeRow {
  code: string;
}
