import type { Credentials } from '../config.ts';
import { authenticationParameters, type SignedRequest, verifyPresigned } from '../presign.ts';
import { type S3Code, type S3Error, s3Error } from '../s3-errors.ts';
import { type AuthenticationFault, verifySigned } from '../signed-request.ts';
import { parseQuery } from '../sigv4.ts';
import { codeOfAuthentication, codeOfS3, type HttpRefusalCode } from './refusal-codes.ts';

export interface Unauthenticated {
  readonly error: S3Error;
  /** For the count of refused requests. */
  readonly code: HttpRefusalCode;
}

/** Why a request is not signed by the key, in its query or in its headers; undefined when it is. */
export function authenticationErrorOf(
  signed: SignedRequest,
  options: { nowMs: number; region: string; credentials: Credentials },
): Unauthenticated | undefined {
  const [, ...rest] = signed.target.split('?');
  // A query that is not percent-encoded is refused with its signature.
  const names = parseQuery(rest.join('?'))?.map(([name]) => name);
  const inQuery = names?.some((name) => authenticationParameters.includes(name)) ?? true;
  if (signed.headers['authorization'] !== undefined) {
    return inQuery ? signedTwice : headerErrorOf(signed, options);
  }
  if (!inQuery) return { error: s3Error('AccessDenied'), code: 'not-signed' };
  const error = verifyPresigned(signed, options);
  const isSigned = names?.includes('X-Amz-Signature') ?? true;
  return error && { error, code: codeOfS3(error, isSigned) };
}

const signedTwice: Unauthenticated = {
  error: s3Error(
    'InvalidArgument',
    { ArgumentName: 'Authorization' },
    'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter or the Authorization header should be specified',
  ),
  code: 'signature-malformed',
};

function headerErrorOf(
  signed: SignedRequest,
  options: { nowMs: number; region: string; credentials: Credentials },
): Unauthenticated | undefined {
  if (signed.headers['x-amz-content-sha256'] === undefined) {
    const message = 'Missing required header for this request: x-amz-content-sha256';
    return { error: s3Error('InvalidRequest', {}, message), code: 'signature-malformed' };
  }
  const result = verifySigned(signed, { ...options, services: ['s3'] });
  if (result.ok) return undefined;
  const code = codeOfAuthentication(result);
  return { error: s3Error(s3CodeOf(result, code), {}, result.message), code };
}

/** S3's code where AWS's other services have one for several causes. */
function s3CodeOf(
  { code, message }: { code: AuthenticationFault; message: string },
  cause: HttpRefusalCode,
): S3Code {
  const isMalformed =
    code === 'IncompleteSignature' || message.startsWith('Credential should be scoped');
  if (isMalformed) return 'AuthorizationHeaderMalformed';
  if (code === 'UnrecognizedClient') return 'InvalidAccessKeyId';
  return cause === 'signature-expired' ? 'RequestTimeTooSkewed' : 'SignatureDoesNotMatch';
}
