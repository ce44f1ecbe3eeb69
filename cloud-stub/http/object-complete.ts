import { codeOf, PilotfishError } from '../../base/errors.ts';
import { type Checksum, defaultAlgorithm, startChecksum } from '../checksums.ts';
import type { ObjectFiles } from '../object-files.ts';
import { S3Refusal, unservedHeader } from '../s3-errors.ts';
import { type Completion, digestFault } from '../services/completion-checks.ts';
import {
  type CompletionPlan,
  completeUpload,
  planCompletion,
} from '../services/upload-completion.ts';
import { encodePath } from '../sigv4.ts';
import type { CompletedUpload, UploadPartRow } from '../upload-rows.ts';
import { element, xmlDocument } from '../xml.ts';
import type { Exchange } from './exchange.ts';
import { readRequestBody } from './object-bodies.ts';
import { checksumIn } from './object-checksums.ts';
import { completeBytesMax, partsIn } from './object-complete-body.ts';
import type { ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';
import {
  checksumTypeIn,
  removeFiles,
  sendXml,
  serveUnit,
  throwFault,
  uploadIn,
} from './object-upload-requests.ts';

/** CompleteMultipartUpload: the parts become the object. */
export async function completeMultipartUpload(
  store: ObjectStore,
  exchange: Exchange,
  request: ObjectRequest,
  nowMs: number,
): Promise<void> {
  const conditions = conditionsIn(request);
  const bytesMax = completeBytesMax;
  const parts = partsIn(await readRequestBody(store, exchange, request, { bytesMax }));
  const wanted = { ...conditions, parts };
  const { etag, checksum } = await store.completions(wanted.uploadId, () =>
    complete(store, wanted, nowMs),
  );
  const { algorithm, value, type = 'FULL_OBJECT' } = checksum;
  const { key, headers } = request;
  const text = xmlDocument(
    'CompleteMultipartUploadResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"',
    [
      element('Location', `https://${headers['host']}/objects/${encodePath(key)}`),
      element('Bucket', 'objects'),
      element('Key', key),
      element('ETag', etag),
      element(`Checksum${algorithm}`, value),
      element('ChecksumType', type),
    ],
  );
  sendXml(exchange, text);
}

/** What the headers say about the object. */
function conditionsIn(request: ObjectRequest): Omit<Completion, 'parts'> {
  const { headers } = request;
  const condition = headers['if-none-match'];
  if (condition !== undefined && condition !== '*') throw unservedHeader('if-none-match');
  const size = headers['x-amz-mp-object-size'];
  if (size !== undefined && !/^\d{1,15}$/.test(size)) {
    const message = 'Value for x-amz-mp-object-size header is invalid.';
    throw new S3Refusal('InvalidRequest', {}, message);
  }
  return {
    ...uploadIn(request),
    type: checksumTypeIn(headers),
    checksum: checksumIn(headers),
    size: size === undefined ? undefined : Number(size),
    onlyNew: condition === '*',
  };
}

/** How often parts may be replaced while they are copied. */
const attemptsMax = 3;

async function complete(
  store: ObjectStore,
  wanted: Completion,
  nowMs: number,
): Promise<CompletedUpload> {
  for (let attempt = 1; ; attempt += 1) {
    const planned = serveUnit(store, nowMs, (ctx) => planCompletion(ctx, wanted));
    throwFault(planned);
    if ('completed' in planned) return planned.completed;
    try {
      return await carryOut(store, { wanted, plan: planned.plan, nowMs });
    } catch (error) {
      if (codeOf(error) !== 'part-gone' || attempt === attemptsMax) throw error;
    }
  }
}

/** Copies the parts, and stores the object unless something has changed. A file that is not the object's is removed. */
async function carryOut(
  store: ObjectStore,
  { wanted, plan, nowMs }: { wanted: Completion; plan: CompletionPlan; nowMs: number },
): Promise<CompletedUpload> {
  const copied = await copyParts(store.files, wanted, plan);
  try {
    const result = serveUnit(store, nowMs, (ctx) => completeUpload(ctx, wanted, copied));
    throwFault(result);
    await removeFiles(store, result.files);
    return result.completed;
  } catch (error) {
    const isNamed = store.cloud.rows.get('objects', wanted.key)?.file === copied.file;
    if (!isNamed) await removeFiles(store, [copied.file]);
    throw error;
  }
}

/** The parts one after another, in a new durable file. */
async function copyParts(
  files: ObjectFiles,
  { key, checksum: given }: Completion,
  { upload, parts, size, checksum: composite }: CompletionPlan,
): Promise<{ file: string; sha256: string; checksum?: Checksum }> {
  const algorithm = upload.checksum?.algorithm ?? defaultAlgorithm;
  const also = composite === undefined ? startChecksum(algorithm) : undefined;
  let value: string | undefined;
  const check = () => {
    value = also?.digest();
    if (given !== undefined && given.value !== value) throwFault({ fault: digestFault(algorithm) });
  };
  const bytes = bytesOf(files, parts);
  const { file, sha256 } = await files.put(key, bytes, { size, also, check });
  return { file, sha256, ...(value !== undefined && { checksum: { algorithm, value } }) };
}

/** Throws `part-gone` when a file is not there: the part was replaced, or the upload has ended. */
async function* bytesOf(
  files: ObjectFiles,
  parts: readonly UploadPartRow[],
): AsyncGenerator<Uint8Array> {
  for (const { file, number, size } of parts) {
    const handle = await files.open(file);
    if (handle === undefined) throw new PilotfishError('part-gone', `the file of part ${number}`);
    let bytes = 0;
    try {
      const stream = handle.createReadStream({ autoClose: false });
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        yield chunk;
      }
    } finally {
      await handle.close();
    }
    if (bytes !== size) throw new Error(`part ${number} has ${bytes} bytes of ${size}`);
  }
}
