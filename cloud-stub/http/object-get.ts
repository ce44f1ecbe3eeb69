import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { objectChecksumHeaders } from '../checksums.ts';
import type { ObjectRow } from '../rows.ts';
import { S3Refusal } from '../s3-errors.ts';
import { fileOf } from '../services/objects.ts';
import type { Exchange } from './exchange.ts';
import { conditionsOf, isRangeOf } from './object-conditions.ts';
import { headersFor } from './object-metadata.ts';
import type { ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';
import { rangeOf } from './range.ts';

/** GetObject and HeadObject. */
export async function getObject(
  store: ObjectStore,
  { response, request, requestId }: Exchange,
  { key, headers, parameters }: ObjectRequest,
): Promise<void> {
  const withChecksum = isChecksumWanted(headers['x-amz-checksum-mode']);
  const { row, file } = await openObject(store, key);
  try {
    const condition = conditionsOf(headers, row);
    if (condition === 'not-modified') {
      const age = { etag: row.etag, 'last-modified': dateText(row) };
      return void response.writeHead(304, { ...age, 'x-amz-request-id': requestId }).end();
    }
    if (condition !== 'read') throw new S3Refusal('PreconditionFailed', { Condition: condition });
    const range = isRangeOf(headers, row) ? rangeOf(headers['range'], row.size) : undefined;
    if (range === 'unsatisfiable') {
      response.setHeader('content-range', `bytes */${row.size}`);
      throw new S3Refusal('InvalidRange', { ActualObjectSize: String(row.size) });
    }
    const { start, end } = range ?? { start: 0, end: row.size - 1 };
    response.writeHead(range === undefined ? 200 : 206, {
      ...headersFor(row, parameters),
      'content-length': end - start + 1,
      'accept-ranges': 'bytes',
      etag: row.etag,
      'last-modified': dateText(row),
      'x-amz-request-id': requestId,
      ...(withChecksum &&
        range === undefined &&
        row.checksum &&
        objectChecksumHeaders(row.checksum)),
      ...(range ? { 'content-range': `bytes ${start}-${end}/${row.size}` } : {}),
    });
    if (request.method === 'HEAD' || row.size === 0) return void response.end();
    await pipeline(file.createReadStream({ start, end, autoClose: false }), response);
  } finally {
    await file.close();
  }
}

/** An object and its bytes, which fit each other: an upload or a removal may come between reading the row and opening. */
async function openObject(
  { cloud, files }: ObjectStore,
  key: string,
): Promise<{ row: ObjectRow; file: FileHandle }> {
  for (;;) {
    const row = cloud.rows.get('objects', key);
    if (row === undefined) throw new S3Refusal('NoSuchKey', { Key: key });
    const file = await files.open(fileOf(row));
    if (file !== undefined) return { row, file };
    const now = cloud.rows.get('objects', key);
    if (now && fileOf(now) === fileOf(row)) throw new Error(`the file of ${key} is lost`);
  }
}

const dateText = ({ storedMs }: ObjectRow): string => new Date(storedMs).toUTCString();

function isChecksumWanted(mode: string | undefined): boolean {
  if (mode === undefined || mode === 'ENABLED') return mode !== undefined;
  const argument = { ArgumentName: 'x-amz-checksum-mode', ArgumentValue: mode };
  throw new S3Refusal('InvalidArgument', argument);
}
