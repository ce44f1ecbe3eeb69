import aws4 from 'aws4';
import type { Credentials } from '../../cloud-stub/config.ts';

/** Signatures by an implementation that is not ours. */

/** Signs the query of `path`, which carries `X-Amz-Date` and `X-Amz-Expires`; returns the signed path. */
export function presignByAws4(request: {
  method: string;
  host: string;
  path: string;
  headers?: Record<string, string>;
  credentials: Credentials;
}): string {
  const { credentials, ...rest } = request;
  const base = { service: 's3', region: 'us-east-1', signQuery: true };
  return aws4.sign({ ...base, ...rest }, credentials).path;
}

/** Signs in headers; returns all headers of the request, in lower case. */
export function signByAws4(request: {
  service: string;
  method: string;
  host: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
  credentials: Credentials;
}): Record<string, string> {
  const { credentials, ...rest } = request;
  const { headers } = aws4.sign({ region: 'us-east-1', ...rest }, credentials);
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
