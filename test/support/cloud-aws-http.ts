import { readFile } from 'node:fs/promises';
import { createHttpsClient } from '../../base/https-client.ts';
import type { Stub } from '../../cloud-stub/serve.ts';
import { signByAws4 } from './cloud-aws4.ts';

export interface AwsHttpRequest {
  readonly service?: string;
  readonly fields?: unknown;
  /** Headers that are signed, and headers that are added afterwards. */
  readonly headers?: Record<string, string>;
  readonly unsigned?: Record<string, string>;
}

/** A client of a stub's control plane whose requests are signed by `aws4`, as AWS's tools would send them. */
export async function awsClient({ ready }: Pick<Stub, 'ready'>) {
  const { https, serverCa, operator } = ready;
  const client = createHttpsClient(https.url, await readFile(serverCa, 'utf8'));
  const credentials = JSON.parse(await readFile(operator, 'utf8'));
  const { host } = new URL(https.url);
  return {
    async send(
      method: string,
      path: string,
      { service = 'iot', fields, headers = {}, unsigned = {} }: AwsHttpRequest = {},
    ) {
      const body = fields === undefined ? '' : JSON.stringify(fields);
      const signed = signByAws4({ service, method, host, path, body, headers, credentials });
      const bytes = Buffer.from(body);
      const answer = await client.send({
        method,
        target: path,
        headers: { ...signed, ...unsigned, 'content-length': bytes.length },
        body: bytes,
      });
      const text = answer.body.toString();
      return {
        status: answer.status,
        fault: answer.headers['x-amzn-errortype'],
        json: text ? JSON.parse(text) : undefined,
      };
    },
    [Symbol.dispose]: () => client.close(),
  };
}
