import { X509Certificate } from 'node:crypto';
import { certificatePem } from '../../base/x509/certificate-file.ts';
import { certificateFacts } from '../../base/x509/certificates.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import type {
  AuthorityRow,
  AuthorityStatus,
  AutoRegistration,
  CertificateMode,
} from '../authority-rows.ts';
import type { Context } from '../core/unit.ts';
import type { ConnectionRefusalCode } from '../refusal-causes.ts';
import { type AuthorityFault, checkVerification, readAuthority } from './authority-checks.ts';

/**
 * Theory of operation. The CAs of the robots are those given at the start (`--ca`, and the renewal CA) and those that an
 * operator registers while the stub runs. TLS trusts all of them, whatever their status: as at AWS, the status and the
 * automatic registration decide about certificates that are new here, and a registered certificate works until it is
 * blocked itself. A deleted CA is not trusted any more. What changes trust leaves a task, and the ports take the new CAs
 * before the request is answered. Source: AWS IoT developer guide, "Manage your CA certificates".
 */

/** A CA as operators see it. */
export interface AuthorityState extends Omit<AuthorityRow, 'registered'> {
  readonly pem: string;
  readonly mode: CertificateMode;
  readonly createdMs: number;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Given at the start; `renewal` signs renewed certificates. */
  readonly given?: 'factory' | 'renewal';
}

type Readable = Pick<Context, 'config'> & {
  readonly store: Pick<Context['store'], 'get' | 'list'>;
};

/** Those given at the start first, then the registered ones by id. */
export function authorities(ctx: Readable): AuthorityState[] {
  const given = (ctx.config.authorities ?? []).map(({ certificateId }) => certificateId);
  const registered = ctx.store
    .list('authorities')
    .filter(({ key, value }) => value.registered !== undefined && !given.includes(key));
  return [...given, ...registered.map(({ key }) => key)].flatMap(
    (id) => authorityOf(ctx, id) ?? [],
  );
}

export function authorityOf({ store, config }: Readable, id: string): AuthorityState | undefined {
  const row = store.get('authorities', id);
  const given = config.authorities?.find(({ certificateId }) => certificateId === id);
  if (given === undefined) {
    if (row?.registered === undefined) return undefined;
    const { registered, ...state } = row;
    return { ...state, ...registered };
  }
  const { pem, isRenewal, notBeforeMs, notAfterMs } = given;
  return {
    // A robot's certificate of the renewal CA is known before it is used.
    ...{ status: 'ACTIVE', autoRegistration: isRenewal ? 'DISABLE' : 'ENABLE', mode: 'DEFAULT' },
    // The stub has not registered it, so it has no date of that: the date is that of the certificate.
    ...{ createdMs: notBeforeMs, changedMs: row?.changedMs ?? notBeforeMs },
    ...(row === undefined ? {} : { status: row.status, autoRegistration: row.autoRegistration }),
    ...{ certificateId: id, pem, notBeforeMs, notAfterMs },
    given: isRenewal ? 'renewal' : 'factory',
  };
}

/** Why a certificate that is new here is not registered; undefined when it is. `id` is that of its CA. */
export function registrationRefusal(ctx: Readable, id: string): ConnectionRefusalCode | undefined {
  const authority = authorityOf(ctx, id);
  // Without a list of CAs whoever calls has its own.
  if (authority === undefined) return ctx.config.authorities && 'unknown-ca';
  if (authority.given === 'renewal') return undefined;
  if (authority.status === 'INACTIVE') return 'ca-inactive';
  return authority.autoRegistration === 'DISABLE' ? 'not-registered' : undefined;
}

export interface AuthorityRequest {
  readonly caCertificate: string;
  readonly verificationCertificate: string | undefined;
  readonly mode: CertificateMode;
  readonly status: AuthorityStatus;
  readonly autoRegistration: AutoRegistration;
}

/** AWS's limit. */
const sameSubjectMax = 10;
/**
 * Of all registered CAs, in DER. TLS sends the names of all CAs to each client, in at most 64 KB; more would end every
 * handshake.
 */
const registeredBytesMax = 48 * 1024;

/** Registers a CA; returns its id. */
export function registerAuthority(
  ctx: Context,
  request: AuthorityRequest,
): Result<string, AuthorityFault> {
  const { mode, status, autoRegistration, verificationCertificate = '' } = request;
  if (mode === 'SNI_ONLY' && verificationCertificate !== '') {
    return refuse('InvalidRequest', 'verificationCertificate must be empty with SNI_ONLY');
  }
  if (mode === 'DEFAULT' && verificationCertificate === '') {
    return refuse('InvalidRequest', 'verificationCertificate is required, except with SNI_ONLY');
  }
  const { nowMs, store } = ctx;
  const read = readAuthority(request.caCertificate, nowMs);
  if (!read.ok) return read;
  const ca = read.value;
  if (mode === 'DEFAULT') {
    const code = store.get('registration_codes', codeKey)?.code;
    const verified = checkVerification(verificationCertificate, { ca, code, nowMs });
    if (!verified.ok) return verified;
  }
  const { certificateId, notBeforeMs, notAfterMs } = certificateFacts(ca);
  if (authorityOf(ctx, certificateId) !== undefined) {
    return refuse('ResourceAlreadyExists', `The CA certificate ${certificateId} is registered`);
  }
  const full = limitFault(ctx, ca);
  if (full !== undefined) return refuse('LimitExceeded', full);
  const { subject } = ca;
  const registered = { subject, mode, createdMs: nowMs, notBeforeMs, notAfterMs };
  store.put('authorities', certificateId, {
    ...{ certificateId, status, autoRegistration, changedMs: nowMs },
    registered: { pem: certificatePem(ca), ...registered },
  });
  ctx.enqueue({ kind: 'trust' });
  ctx.log.info({ certificateId, subject, status, autoRegistration, mode }, 'CA registered');
  return ok(certificateId);
}

function limitFault(ctx: Context, ca: X509Certificate): string | undefined {
  const others = authorities(ctx)
    .filter(({ given }) => given === undefined)
    .map(({ pem }) => new X509Certificate(pem));
  const same = others.filter(({ subject }) => subject === ca.subject).length;
  if (same >= sameSubjectMax) return `${sameSubjectMax} CAs with this subject are registered`;
  const bytes = [ca, ...others].reduce((sum, { raw }) => sum + raw.length, 0);
  return bytes > registeredBytesMax
    ? `the registered CAs may have ${registeredBytesMax} bytes together`
    : undefined;
}

export interface AuthorityChange {
  readonly status?: AuthorityStatus | undefined;
  readonly autoRegistration?: AutoRegistration | undefined;
}

/** Changes what becomes of certificates that are new here. Those that are registered stay as they are. */
export function updateAuthority(
  ctx: Context,
  certificateId: string,
  change: AuthorityChange,
): Result<null, AuthorityFault> {
  const authority = authorityOf(ctx, certificateId);
  if (authority === undefined) return noAuthority;
  if (authority.given === 'renewal') return ownAuthority;
  const { status = authority.status, autoRegistration = authority.autoRegistration } = change;
  const row = ctx.store.get('authorities', certificateId);
  const changed = { certificateId, status, autoRegistration, changedMs: ctx.nowMs };
  ctx.store.put('authorities', certificateId, { ...row, ...changed });
  ctx.log.info({ certificateId, status, autoRegistration }, 'CA updated');
  return ok(null);
}

/** Removes a registered CA. The connections of its robots are closed, and new ones are refused. */
export function deleteAuthority(ctx: Context, certificateId: string): Result<null, AuthorityFault> {
  const authority = authorityOf(ctx, certificateId);
  if (authority === undefined) return noAuthority;
  if (authority.given === 'renewal') return ownAuthority;
  if (authority.given === 'factory') {
    const message = 'the CA is given by --ca: remove it from that file, and start the stub again';
    return refuse('InvalidRequest', message);
  }
  if (authority.status === 'ACTIVE') {
    return refuse('CertificateState', 'an ACTIVE CA certificate is to be set INACTIVE first');
  }
  ctx.store.remove('authorities', certificateId);
  ctx.enqueue({ kind: 'trust' });
  ctx.log.info({ certificateId }, 'CA deleted');
  return ok(null);
}

const noAuthority = refuse('ResourceNotFound', 'The CA certificate does not exist');
const ownAuthority = refuse('InvalidRequest', "the renewal CA is the stub's own");

const codeKey = 'account';

/** The code for verification certificates; made the first time, and kept until it is deleted. */
export function registrationCode(ctx: Context): string {
  const known = ctx.store.get('registration_codes', codeKey);
  if (known !== undefined) return known.code;
  const code = ctx.entropy(32);
  ctx.store.put('registration_codes', codeKey, { code });
  return code;
}

export function deleteRegistrationCode(ctx: Context): Result<null, AuthorityFault> {
  if (ctx.store.get('registration_codes', codeKey) === undefined) {
    return refuse('ResourceNotFound', 'there is no registration code');
  }
  ctx.store.remove('registration_codes', codeKey);
  return ok(null);
}
