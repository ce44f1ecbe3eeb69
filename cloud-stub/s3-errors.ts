import { element, xmlDocument } from './xml.ts';

/** S3's error answers (Amazon S3 API reference, "Error responses"): XML with stable codes. */
export interface S3Error {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly extra: Readonly<Record<string, string>>;
}

const errors = {
  AccessDenied: [403, 'Access Denied'],
  AuthorizationHeaderMalformed: [400, 'The authorization header that you provided is not valid.'],
  AuthorizationQueryParametersError: [400, 'Error parsing the query parameters'],
  BadDigest: [400, 'The checksum you specified did not match what we received.'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed size'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed size'],
  IncompleteBody: [400, 'The request body ended before the Content-Length was reached'],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidAccessKeyId: [403, 'The AWS Access Key Id you provided does not exist in our records.'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidDigest: [400, 'The Content-MD5 you specified was invalid.'],
  InvalidPart: [
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  ],
  InvalidPartOrder: [
    400,
    'The list of parts was not in ascending order. Parts must be ordered by part number.',
  ],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRequest: [400, 'The request is not a valid one'],
  InvalidToken: [400, 'The provided token is malformed or otherwise invalid.'],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  KeyTooLongError: [400, 'Your key is too long'],
  MalformedTrailerError: [
    400,
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  ],
  MalformedXML: [
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  ],
  MaxMessageLengthExceeded: [400, 'Your request was too big.'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchUpload: [
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  ],
  NotImplemented: [501, 'This functionality is not implemented'],
  PreconditionFailed: [412, 'At least one of the pre-conditions you specified did not hold'],
  RequestTimeout: [
    400,
    'Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed.',
  ],
  RequestTimeTooSkewed: [
    403,
    'The difference between the request time and the current time is too large.',
  ],
  SlowDown: [503, 'Please reduce your request rate.'],
  SignatureDoesNotMatch: [
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
  XAmzContentSHA256Mismatch: [
    400,
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  ],
} as const;

export type S3Code = keyof typeof errors;

export function s3Error(
  code: S3Code,
  extra: Readonly<Record<string, string>> = {},
  message: string = errors[code][1],
): S3Error {
  return { status: errors[code][0], code, message, extra };
}

/** An S3 error, thrown to become the answer. */
export class S3Refusal extends Error {
  readonly error: S3Error;
  constructor(
    error: S3Code | S3Error,
    extra: Readonly<Record<string, string>> = {},
    message?: string,
  ) {
    const one = typeof error === 'string' ? s3Error(error, extra, message) : error;
    super(one.code);
    this.error = one;
  }
}

/**
 * 501 for what a request asks for and is not served: a header, or a parameter of the query. The message names it, too,
 * because AWS's clients show nothing else.
 */
export function unservedHeader(name: string): S3Refusal {
  // S3 writes `Transfer-Encoding`, and its own names as they are.
  const isOwn = name.startsWith('x-amz-');
  const header = isOwn ? name : name.replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase());
  const message = `A header you provided implies functionality that is not implemented: ${header}`;
  return new S3Refusal('NotImplemented', { Header: header }, message);
}

export const unservedParameter = (name: string): S3Refusal =>
  new S3Refusal(
    'NotImplemented',
    { Parameter: name },
    `A parameter you provided implies functionality that is not implemented: ${name}`,
  );

/** 400 for a pre-signed URL of invalid form; `region` names the right region. */
export const formError = (message: string, region?: string): S3Error =>
  s3Error('AuthorizationQueryParametersError', region ? { Region: region } : {}, message);

/** Names the host in an error, as S3's second id of a request. */
export const hostId = 'pilotfish';

/** The answer's body. */
export function s3Xml(error: S3Error, requestId: string): string {
  const fields = {
    Code: error.code,
    Message: error.message,
    ...error.extra,
    RequestId: requestId,
    HostId: hostId,
  };
  const elements = Object.entries(fields).map(([name, text]) => element(name, text));
  return xmlDocument('Error', elements);
}
