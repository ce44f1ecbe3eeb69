import type { Context } from '../core/unit.ts';
import type { UploadPartRow, UploadRow } from '../upload-rows.ts';
import { objectBytesMax } from './objects.ts';
import { setTimer } from './timers.ts';

/**
 * Theory of operation. A multipart upload is a row, and each of its parts a row that names the file with the bytes; a part
 * that comes again has a new file. The upload ends by its completion (`upload-completion.ts`), by an abort, or when its
 * time is over. Its rows are removed then, and files that no row names are nothing: whoever caused the end removes
 * them, and the sweeper (`part-sweeping.ts`) what a crash has left.
 */

/** Why a request about an upload is refused: S3's code, with what its answer has besides the message. */
export interface UploadFault {
  readonly code:
    | 'BadDigest'
    | 'EntityTooLarge'
    | 'EntityTooSmall'
    | 'InvalidPart'
    | 'InvalidPartOrder'
    | 'InvalidRequest'
    | 'NoSuchUpload'
    | 'NotImplemented'
    | 'PreconditionFailed'
    | 'SlowDown';
  readonly extra?: Readonly<Record<string, string>>;
  /** Absent: S3's usual one. */
  readonly message?: string;
}

/** An upload as a request names it. */
export interface UploadName {
  readonly uploadId: string;
  readonly key: string;
}

export const noSuchUpload = ({ uploadId }: UploadName): { fault: UploadFault } => ({
  fault: { code: 'NoSuchUpload', extra: { UploadId: uploadId } },
});

/** Begins an upload. */
export function createUpload(
  ctx: Context,
  about: Pick<UploadRow, 'key' | 'type' | 'metadata' | 'checksum'>,
): { readonly upload: UploadRow } | { readonly fault: UploadFault } {
  const { nowMs, config } = ctx;
  if (openUploads(ctx).length >= config.uploadsMax) return { fault: tooMany };
  const uploadId = `${nowMs.toString(16).padStart(12, '0')}${ctx.entropy(16)}`;
  const dueMs = nowMs + config.uploadLifeMs;
  const upload = { uploadId, ...about, createdMs: nowMs, dueMs, bytes: 0 };
  ctx.store.put('uploads', uploadId, upload);
  setTimer(ctx, { kind: 'upload', id: uploadId }, dueMs);
  ctx.log.info({ objectKey: about.key, uploadId }, 'multipart upload begun');
  return { upload };
}

/** The open upload with this id, unless it is another object's. */
export function openUpload(ctx: Context, { uploadId, key }: UploadName): UploadRow | undefined {
  const upload = ctx.store.get('uploads', uploadId);
  return upload?.key === key && upload.completed === undefined ? upload : undefined;
}

/** Why there is no such upload, or no room in it for a part; undefined when the part may come. */
export function partFault(
  ctx: Context,
  name: UploadName,
  { number, size }: Pick<UploadPartRow, 'number' | 'size'>,
): UploadFault | undefined {
  const upload = openUpload(ctx, name);
  if (upload === undefined) return noSuchUpload(name).fault;
  const more = size - (ctx.store.get('upload_parts', partKey(name, number))?.size ?? 0);
  const [bytes, bytesMax] = [upload.bytes + more, objectBytesMax(name.key)];
  if (bytes > bytesMax) {
    const extra = { ProposedSize: String(bytes), MaxSizeAllowed: String(bytesMax) };
    return { code: 'EntityTooLarge', extra };
  }
  const all = openUploads(ctx).reduce((sum, one) => sum + one.bytes, more);
  return all > ctx.config.uploadBytesMax ? noRoom : undefined;
}

/** Stores a part whose bytes are durable; returns the file that it replaces, if there is one. */
export function storePart(
  ctx: Context,
  name: UploadName,
  part: UploadPartRow,
): { readonly oldFile: string | undefined } | { readonly fault: UploadFault } {
  const fault = partFault(ctx, name, part);
  const upload = openUpload(ctx, name);
  if (fault !== undefined) return { fault };
  if (upload === undefined) return noSuchUpload(name);
  const key = partKey(name, part.number);
  const before = ctx.store.get('upload_parts', key);
  ctx.store.put('upload_parts', key, part);
  const bytes = upload.bytes + part.size - (before?.size ?? 0);
  ctx.store.put('uploads', upload.uploadId, { ...upload, bytes });
  return { oldFile: before?.file };
}

/** Ends an upload; returns the files of its parts, which count no longer. */
export function abortUpload(
  ctx: Context,
  name: UploadName,
): { readonly files: readonly string[] } | { readonly fault: UploadFault } {
  const upload = openUpload(ctx, name);
  if (upload === undefined) return noSuchUpload(name);
  const files = removeUpload(ctx, upload);
  ctx.log.info({ objectKey: upload.key, uploadId: upload.uploadId }, 'multipart upload aborted');
  return { files };
}

/** The time of an upload is over, or that of what is known of a completed one. */
export function expireUpload(ctx: Context, uploadId: string): void {
  const upload = ctx.store.get('uploads', uploadId);
  if (upload === undefined) return;
  removeUpload(ctx, upload);
  if (upload.completed !== undefined) return;
  ctx.log.info({ objectKey: upload.key, uploadId }, 'multipart upload expired');
}

/** Removes what is known of an upload; returns the files of its parts. */
export function removeUpload(ctx: Context, { uploadId }: UploadRow): string[] {
  ctx.store.remove('uploads', uploadId);
  setTimer(ctx, { kind: 'upload', id: uploadId }, undefined);
  return removeParts(ctx, uploadId);
}

export function removeParts(ctx: Context, uploadId: string): string[] {
  const parts = ctx.store.list('upload_parts', `${uploadId}/`);
  for (const { key } of parts) ctx.store.remove('upload_parts', key);
  return parts.map(({ value }) => value.file);
}

export const partKey = ({ uploadId }: Pick<UploadName, 'uploadId'>, number: number): string =>
  `${uploadId}/${String(number).padStart(5, '0')}`;

export const openUploads = (ctx: Context): UploadRow[] =>
  ctx.store.list('uploads').flatMap(({ value }) => (value.completed ? [] : [value]));

const tooMany: UploadFault = {
  code: 'SlowDown',
  message: 'Too many multipart uploads are open. Complete or abort some.',
};

const noRoom: UploadFault = {
  code: 'SlowDown',
  message: 'The parts of all open multipart uploads are too large. Complete or abort some.',
};
