import { removeObject } from '../services/objects.ts';
import type { Exchange } from './exchange.ts';
import type { ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';

/** DeleteObject. The answer is the same when there is no such object, as in S3. */
export async function deleteObject(
  { cloud, files, publish }: ObjectStore,
  { response, requestId }: Exchange,
  { key }: ObjectRequest,
  nowMs: number,
): Promise<void> {
  const { result: oldFile, outbound } = cloud.serve(nowMs, (ctx) => removeObject(ctx, key));
  publish(outbound);
  if (oldFile !== undefined) await files.remove(oldFile);
  response.writeHead(204, { 'x-amz-request-id': requestId }).end();
}
