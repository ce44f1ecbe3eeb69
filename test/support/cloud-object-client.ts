import { readFile } from 'node:fs/promises';
import { systemClock } from '../../base/clock.ts';
import { createHttpsClient, type HttpsAnswer } from '../../base/https-client.ts';
import { readOperatorKey } from '../../cloud-stub/operator-key.ts';
import type { Ready } from '../../cloud-stub/running.ts';
import { amzDate, encodePath, encodeUri } from '../../cloud-stub/sigv4.ts';
import { presignByAws4, signByAws4 } from './cloud-aws4.ts';

export interface ObjectCall {
  /** Unencoded; it becomes the path below the bucket. */
  readonly key: string;
  /** `objects` unless another one is meant; empty: the path has none. */
  readonly bucket?: string;
  /** Signed with the rest. */
  readonly query?: Readonly<Record<string, string>>;
  /** Signed as they are. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** A client of the object store as others make it: `aws4` signs. */
export interface ObjectClient extends Disposable {
  readonly accessKeyId: string;
  /** With the signature in the query. */
  presigned(method: string, call: ObjectCall): Promise<HttpsAnswer>;
  /** With the signature in the headers. */
  signed(method: string, call: ObjectCall): Promise<HttpsAnswer>;
  /** As it is. */
  raw(method: string, target: string, headers?: Record<string, string>): Promise<HttpsAnswer>;
}

export async function connectObjects(ready: Ready): Promise<ObjectClient> {
  const credentials = await readOperatorKey(ready.operator);
  if (credentials === undefined) throw new Error('no key of the operator');
  const client = createHttpsClient(ready.https.url, await readFile(ready.serverCa, 'utf8'));
  const { host } = new URL(ready.https.url);
  const send = (
    method: string,
    target: string,
    { headers = {}, body }: Omit<ObjectCall, 'key' | 'bucket'>,
  ) =>
    client.send({
      ...{ method, target },
      headers: { ...headers, ...(body && { 'content-length': body.byteLength }) },
      ...(body && { body }),
    });
  const targetOf = ({ key, bucket = 'objects', query = {} }: ObjectCall) => {
    const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeUri(value)}`);
    const path = `${bucket === '' ? '' : `/${bucket}`}/${encodePath(key)}`;
    return [path, ...(pairs.length > 0 ? [pairs.join('&')] : [])].join('?');
  };
  return {
    accessKeyId: credentials.accessKeyId,
    presigned(method, { query = {}, headers = {}, body, ...place }) {
      const date = amzDate(systemClock.wallMs());
      const all = { ...query, 'X-Amz-Date': date, 'X-Amz-Expires': '60' };
      const path = targetOf({ ...place, query: all });
      const target = presignByAws4({ method, host, path, headers: { ...headers }, credentials });
      return send(method, target, { headers, ...(body && { body }) });
    },
    signed(method, { headers = {}, body, ...place }) {
      const path = targetOf(place);
      const given = { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers };
      const request = { service: 's3', method, host, path, headers: given, credentials };
      return send(method, path, { headers: signByAws4(request), ...(body && { body }) });
    },
    raw: (method, target, headers = {}) => send(method, target, { headers }),
    [Symbol.dispose]: client.close,
  };
}

/** Status and S3's code of an answer; without a code the status alone. */
export function outcomeOf({ status, body }: HttpsAnswer): [number, string?] {
  const code = /<Code>(\w+)<\/Code>/.exec(body.toString())?.[1];
  return code === undefined ? [status] : [status, code];
}

/** The text of an element in an XML answer. */
export const elementIn = ({ body }: HttpsAnswer, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(body.toString())?.[1];
