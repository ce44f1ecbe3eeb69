import { readOperatorKey } from '../../cloud-stub/operator-key.ts';
import type { Ready } from '../../cloud-stub/running.ts';
import { signByAws4 } from './cloud-aws4.ts';

/** The headers of an upload that is rightly signed and whose body is still to come. */
export async function putObjectHead(ready: Ready, key: string, bytes: number): Promise<string> {
  const credentials = await readOperatorKey(ready.operator);
  if (credentials === undefined) throw new Error('no key of the operator');
  const { host } = new URL(ready.https.url);
  const path = `/objects/${key}`;
  const headers = signByAws4({
    service: 's3',
    method: 'PUT',
    ...{ host, path, credentials },
    headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'content-length': String(bytes) },
  });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `PUT ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
