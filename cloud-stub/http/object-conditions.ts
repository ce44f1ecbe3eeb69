import type { ObjectRow } from '../rows.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * What the conditions of a read come to (RFC 9110 section 13.2.2, as S3 has it): read, `not-modified`, or the name of
 * the condition that failed. A tag counts more than a date, and an invalid date does not count.
 */
export function conditionsOf(
  headers: Headers,
  row: ObjectRow,
): 'read' | 'not-modified' | 'If-Match' | 'If-Unmodified-Since' {
  const storedMs = wholeSeconds(row.storedMs);
  const match = headers['if-match'];
  if (match !== undefined) {
    if (!names(match, row.etag)) return 'If-Match';
  } else if (storedMs > dateOf(headers['if-unmodified-since'])) return 'If-Unmodified-Since';
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) return names(noneMatch, row.etag) ? 'not-modified' : 'read';
  return storedMs <= dateOf(headers['if-modified-since']) ? 'not-modified' : 'read';
}

/** Whether the range is of the object that the client has begun to read (`If-Range`). */
export function isRangeOf(headers: Headers, row: ObjectRow): boolean {
  const condition = headers['if-range'];
  if (condition === undefined || condition === row.etag) return true;
  return dateOf(condition) === wholeSeconds(row.storedMs);
}

const names = (list: string, etag: string): boolean =>
  list.split(',').some((one) => ['*', etag].includes(one.trim()));

/** NaN for none: every comparison with it is false. */
const dateOf = (text: string | undefined): number => Date.parse(text ?? '');

/** A header's date has no fractions. */
const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000;
