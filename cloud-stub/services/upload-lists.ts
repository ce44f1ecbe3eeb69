import type { Context } from '../core/unit.ts';
import type { UploadPartRow, UploadRow } from '../upload-rows.ts';
import { byBytes } from './objects.ts';
import {
  noSuchUpload,
  openUpload,
  openUploads,
  type UploadFault,
  type UploadName,
} from './uploads.ts';

export interface PartList {
  readonly upload: UploadRow;
  readonly parts: readonly UploadPartRow[];
  readonly isTruncated: boolean;
}

/** The parts of an open upload after a number, at most `max`. */
export function listParts(
  ctx: Context,
  name: UploadName,
  { after, max }: { after: number; max: number },
): PartList | { readonly fault: UploadFault } {
  const upload = openUpload(ctx, name);
  if (upload === undefined) return noSuchUpload(name);
  const all = ctx.store.list('upload_parts', `${upload.uploadId}/`);
  const rest = all.flatMap(({ value }) => (value.number > after ? [value] : []));
  return { upload, parts: rest.slice(0, max), isTruncated: max > 0 && rest.length > max };
}

export interface UploadQuery {
  readonly prefix: string;
  /** Only uploads of later keys, or of this key after `uploadIdMarker` when that is there. */
  readonly keyMarker: string;
  readonly uploadIdMarker?: string | undefined;
  readonly max: number;
}

/** One page of the open uploads, ordered by the bytes of their keys and then by time. */
export function listUploads(
  ctx: Context,
  { prefix, keyMarker, uploadIdMarker, max }: UploadQuery,
): { readonly uploads: readonly UploadRow[]; readonly isTruncated: boolean } | 'invalid-marker' {
  const marker =
    uploadIdMarker === undefined ? undefined : ctx.store.get('uploads', uploadIdMarker);
  if (marker !== undefined && marker.key !== keyMarker) return 'invalid-marker';
  const isAfter = ({ key, uploadId }: UploadRow): boolean => {
    const order = byBytes(key, keyMarker);
    return order > 0 || (order === 0 && uploadIdMarker !== undefined && uploadId > uploadIdMarker);
  };
  const rest = openUploads(ctx)
    .filter((upload) => upload.key.startsWith(prefix) && (keyMarker === '' || isAfter(upload)))
    .sort((a, b) => byBytes(a.key, b.key) || (a.uploadId < b.uploadId ? -1 : 1));
  return { uploads: rest.slice(0, max), isTruncated: max > 0 && rest.length > max };
}
