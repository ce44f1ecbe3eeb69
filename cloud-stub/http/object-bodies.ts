import { createHash } from 'node:crypto';
import { startChecksum } from '../checksums.ts';
import { S3Refusal } from '../s3-errors.ts';
import { type Exchange, readBody } from './exchange.ts';
import { checkBytes, type Expected, expectedBodyOf } from './object-checksums.ts';
import type { ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * The body of a request that describes something: all of it in memory, which all such bodies share. Throws S3's error
 * when it is too large or not the one that was signed.
 */
export async function readRequestBody(
  { bodies }: Pick<ObjectStore, 'bodies'>,
  { request, response }: Exchange,
  { headers }: ObjectRequest,
  {
    bytesMax,
    expected = expectedBodyOf(headers),
  }: { readonly bytesMax: number; readonly expected?: Expected },
): Promise<Uint8Array> {
  if (headers['content-length'] === undefined) throw new S3Refusal('MissingContentLength');
  const size = Number(headers['content-length']);
  if (size > bytesMax) {
    throw new S3Refusal('MaxMessageLengthExceeded', { MaxMessageLengthBytes: String(bytesMax) });
  }
  using lease = bodies.lease(size, { isProven: true, evict: () => {} });
  if (lease === undefined) throw new S3Refusal('SlowDown');
  if (headers['expect'] === '100-continue') response.writeContinue();
  const body = await readBody(request, bytesMax, new AbortController().signal);
  if (body?.length !== size) throw new S3Refusal('IncompleteBody');
  const hex = (name: string) => createHash(name).update(body).digest('hex');
  const running = expected.checksum && startChecksum(expected.checksum.algorithm);
  running?.update(body);
  checkBytes(expected, { sha256: hex('sha256'), md5: hex('md5') }, running?.digest());
  return body;
}
