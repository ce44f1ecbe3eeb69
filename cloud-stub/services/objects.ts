import { limits } from '../../protocol/limits.ts';
import type { Context } from '../core/unit.ts';
import type { ObjectRow } from '../rows.ts';
import { mapDeleted, mapStored } from './maps.ts';

/**
 * An object's row names the file with its bytes, and a new upload has a new file. So an object changes in one commit:
 * before it the old file counts, after it the new one. The caller removes the file that counts no longer.
 */

/** The file with an object's bytes. A row of an earlier build has none: its file was named by the key. */
export const fileOf = ({ key, file = key }: ObjectRow): string => file;

/** The most bytes of an object. */
export const objectBytesMax = (key: string): number =>
  key.startsWith('maps/') ? limits.mapBytesMax : limits.firmwareBytesMax;

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

/** Removes an object; returns the file that counts no longer. */
export function removeObject(ctx: Context, key: string): string | undefined {
  const row = ctx.store.get('objects', key);
  if (row === undefined) return undefined;
  ctx.store.remove('objects', key);
  mapDeleted(ctx, key);
  ctx.log.info({ objectKey: key }, 'object deleted');
  return fileOf(row);
}

export interface ListQuery {
  readonly prefix?: string | undefined;
  /** Keys that have it after the prefix are one entry, up to and with its first occurrence. */
  readonly delimiter?: string | undefined;
  /** Only keys after this one. */
  readonly startAfter?: string | undefined;
  /** The last entry of the page before. */
  readonly after?: string | undefined;
  readonly max: number;
}

export interface Listing {
  readonly objects: readonly ObjectRow[];
  /** What the delimiter has grouped. */
  readonly prefixes: readonly string[];
  /** The last entry, if there are more. */
  readonly next?: string;
}

/** One page of the objects, ordered by the bytes of their keys as in S3. */
export function listObjects(
  ctx: Context,
  { prefix = '', delimiter = '', startAfter = '', after = '', max }: ListQuery,
): Listing {
  const rows = ctx.store.list('objects', prefix).map(({ value }) => value);
  const objects: ObjectRow[] = [];
  const prefixes: string[] = [];
  let last: string | undefined;
  for (const row of rows.toSorted((a, b) => byBytes(a.key, b.key))) {
    const { key } = row;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const entry = end < 0 ? key : key.slice(0, end + delimiter.length);
    if (byBytes(key, startAfter) <= 0 || byBytes(entry, after) <= 0 || entry === last) continue;
    if (objects.length + prefixes.length === max) {
      return { objects, prefixes, ...(last !== undefined && { next: last }) };
    }
    if (end < 0) objects.push(row);
    else prefixes.push(entry);
    last = entry;
  }
  return { objects, prefixes };
}

/** JavaScript compares UTF-16, which orders some characters differently. */
export const byBytes = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));
