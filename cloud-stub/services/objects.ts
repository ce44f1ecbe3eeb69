import type { Context } from '../core/unit.ts';
import type { ObjectRow } from '../rows.ts';
import { mapStored } from './maps.ts';

/**
 * An object's row names the file with its bytes, and a new upload has a new file. So an object changes in one commit:
 * before it the old file counts, after it the new one. The caller removes the file that counts no longer.
 */

/** The file with an object's bytes. A row of an earlier build has none: its file was named by the key. */
export const fileOf = ({ key, file = key }: ObjectRow): string => file;

/** What became of an upload, and the file that counts no longer. */
export interface Stored {
  readonly isStored: boolean;
  readonly oldFile?: string;
}

/** Stores an object whose bytes are durable. With `onlyNew` an object that is there stays (`If-None-Match: *`). */
export function storeObject(ctx: Context, object: ObjectRow, { onlyNew = false } = {}): Stored {
  const before = ctx.store.get('objects', object.key);
  if (before !== undefined && onlyNew) return { isStored: false, oldFile: fileOf(object) };
  ctx.store.put('objects', object.key, object);
  mapStored(ctx, object);
  ctx.log.info({ objectKey: object.key, size: object.size }, 'object stored');
  return { isStored: true, ...(before && { oldFile: fileOf(before) }) };
}
