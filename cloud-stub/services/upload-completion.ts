import { createHash } from 'node:crypto';
import { type Checksum, startChecksum } from '../checksums.ts';
import type { Context } from '../core/unit.ts';
import type { ObjectRow } from '../rows.ts';
import type { CompletedUpload, UploadPartRow, UploadRow } from '../upload-rows.ts';
import { type Completion, completionFault, partsFault } from './completion-checks.ts';
import { storeObject } from './objects.ts';
import { setTimer } from './timers.ts';
import { noSuchUpload, partKey, removeParts, removeUpload, type UploadFault } from './uploads.ts';

/**
 * Theory of operation. A completion is planned from the rows. The adapter then copies the parts into a new file, which
 * takes time, and everything may change meanwhile. So the plan is made once more in the unit of work that stores the
 * object: the parts are the same when their MD5 is. In that unit the object appears, the parts' rows go, and the
 * upload's row keeps the result. A client that asks again gets the same answer and nothing is stored again, as in S3.
 */

export interface CompletionPlan {
  readonly upload: UploadRow;
  readonly parts: readonly UploadPartRow[];
  readonly size: number;
  readonly etag: string;
  /** Absent: it is one of all the bytes. */
  readonly checksum?: Checksum;
}

export type Planned =
  | { readonly plan: CompletionPlan }
  | { readonly completed: CompletedUpload }
  | { readonly fault: UploadFault };

export function planCompletion(ctx: Context, wanted: Completion): Planned {
  const upload = ctx.store.get('uploads', wanted.uploadId);
  if (upload === undefined || upload.key !== wanted.key) return noSuchUpload(wanted);
  const etag = etagOf(wanted.parts.map(({ md5 }) => md5));
  if (upload.completed !== undefined) {
    const isSame = upload.completed.etag === etag;
    return isSame ? { completed: upload.completed } : noSuchUpload(wanted);
  }
  const isThere = wanted.onlyNew && ctx.store.get('objects', wanted.key) !== undefined;
  const parts = wanted.parts.map(({ number }) =>
    ctx.store.get('upload_parts', partKey(wanted, number)),
  );
  const fault =
    completionFault(upload, wanted) ??
    partsFault(upload, wanted, parts) ??
    (isThere ? onlyNewFault : undefined);
  if (fault !== undefined) return { fault };
  const found = parts.filter((part) => part !== undefined);
  const size = found.reduce((sum, part) => sum + part.size, 0);
  const checksum = compositeOf(upload, found);
  return { plan: { upload, parts: found, size, etag, ...(checksum && { checksum }) } };
}

export type Completed =
  | {
      readonly completed: CompletedUpload;
      /** Files that count no longer. */
      readonly files: readonly string[];
    }
  | { readonly fault: UploadFault };

/** Stores the object, whose bytes are durable in a file, unless the plan is no longer the same. */
export function completeUpload(
  ctx: Context,
  wanted: Completion,
  { sha256, file, checksum }: Pick<ObjectRow, 'sha256' | 'checksum'> & { readonly file: string },
): Completed {
  const planned = planCompletion(ctx, wanted);
  if ('fault' in planned) return planned;
  if ('completed' in planned) return { completed: planned.completed, files: [file] };
  const { upload, size, etag } = planned.plan;
  const { uploadId, key, type, metadata, createdMs } = upload;
  const ofObject = planned.plan.checksum ?? checksum;
  if (ofObject === undefined) throw new Error(`${uploadId}: the object has no checksum`);
  const { oldFile } = storeObject(ctx, {
    // S3 dates such an object by the beginning of its upload.
    ...{ key, size, sha256, etag, type, storedMs: createdMs, file, checksum: ofObject },
    ...(metadata && { metadata }),
  });
  const completed = { etag, checksum: ofObject };
  const files = removeParts(ctx, uploadId);
  const dueMs = ctx.nowMs + ctx.config.uploadLifeMs;
  ctx.store.put('uploads', uploadId, { ...upload, dueMs, bytes: 0, completed });
  setTimer(ctx, { kind: 'upload', id: uploadId }, dueMs);
  forgetOldest(ctx);
  ctx.log.info({ objectKey: key, uploadId, parts: files.length }, 'multipart upload completed');
  return { completed, files: [...files, ...(oldFile === undefined ? [] : [oldFile])] };
}

/** Bounds what is kept for clients that ask again. */
function forgetOldest(ctx: Context): void {
  const completed = ctx.store
    .list('uploads')
    .flatMap(({ value }) => (value.completed ? [value] : []))
    .sort((a, b) => a.dueMs - b.dueMs);
  const over = Math.max(0, completed.length - ctx.config.uploadsMax);
  for (const upload of completed.slice(0, over)) removeUpload(ctx, upload);
}

/** S3's tag of such an object: the MD5 of the parts' MD5s, and their number. */
const etagOf = (md5s: readonly string[]): string => {
  const hash = createHash('md5');
  for (const md5 of md5s) hash.update(md5, 'hex');
  return `"${hash.digest('hex')}-${md5s.length}"`;
};

/** The checksum of the parts' checksums, and their number. */
function compositeOf(
  { checksum: mode }: UploadRow,
  parts: readonly UploadPartRow[],
): Checksum | undefined {
  if (mode?.type !== 'COMPOSITE') return undefined;
  const running = startChecksum(mode.algorithm);
  for (const { checksum } of parts) running.update(Buffer.from(checksum?.value ?? '', 'base64'));
  const value = `${running.digest()}-${parts.length}`;
  return { algorithm: mode.algorithm, value, type: 'COMPOSITE' };
}

const onlyNewFault: UploadFault = {
  code: 'PreconditionFailed',
  extra: { Condition: 'If-None-Match' },
};
