import type { ConnectionRefusalCode } from '../refusal-causes.ts';
import type { AuthenticationFault } from '../signed-request.ts';

/** Why a request was rejected before its operation was considered. */
export type HttpRefusalCode = Extract<
  ConnectionRefusalCode,
  | 'not-signed'
  | 'signature-malformed'
  | 'signature-expired'
  | 'unknown-access-key'
  | 'wrong-signature'
  | 'body-too-large'
  | 'too-many-bodies'
  | 'too-slow'
>;

export function codeOfAuthentication(error: {
  code: AuthenticationFault;
  message: string;
}): HttpRefusalCode {
  if (error.code === 'MissingAuthenticationToken') return 'not-signed';
  if (error.code === 'IncompleteSignature') return 'signature-malformed';
  if (error.code === 'UnrecognizedClient') return 'unknown-access-key';
  return error.message.startsWith('Signature expired') ? 'signature-expired' : 'wrong-signature';
}

/** S3 has one code for several causes; its message distinguishes them. */
export function codeOfS3(
  error: { code: string; extra: Readonly<Record<string, string>> },
  isSigned: boolean,
): HttpRefusalCode {
  if (!isSigned) return 'not-signed';
  if (error.code === 'AuthorizationQueryParametersError') return 'signature-malformed';
  if (error.code === 'InvalidAccessKeyId') return 'unknown-access-key';
  return error.code === 'AccessDenied' && error.extra['HeadersNotSigned'] === undefined
    ? 'signature-expired'
    : 'wrong-signature';
}
