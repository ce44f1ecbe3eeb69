import { createHash } from 'node:crypto';
import type { HttpsAnswer } from '../../base/https-client.ts';
import { elementIn, type ObjectClient } from './cloud-object-client.ts';

/** Multipart uploads by a client of the object store; `send` says how a request is signed. */
export function uploadsOf(objects: ObjectClient, send: 'signed' | 'presigned' = 'signed') {
  const call = objects[send];
  const create = async (key: string, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await call('POST', { key, query: { uploads: '' }, headers });
    return elementIn(answer, 'UploadId') ?? answer.body.toString();
  };
  const ofUpload = (uploadId: string, query: Record<string, string> = {}) => ({
    query: { uploadId, ...query },
  });
  return {
    create,
    part: (
      { key, uploadId }: { key: string; uploadId: string },
      partNumber: string | number,
      body: Uint8Array,
      headers: Record<string, string> = {},
    ): Promise<HttpsAnswer> =>
      call('PUT', {
        ...{ key, ...ofUpload(uploadId, { partNumber: String(partNumber) }), headers, body },
      }),
    complete: (
      { key, uploadId }: { key: string; uploadId: string },
      body: string | Uint8Array,
      headers: Record<string, string> = {},
    ) => call('POST', { key, ...ofUpload(uploadId), headers, body: Buffer.from(body) }),
    abort: ({ key, uploadId }: { key: string; uploadId: string }) =>
      call('DELETE', { key, ...ofUpload(uploadId) }),
    parts: (
      { key, uploadId }: { key: string; uploadId: string },
      query: Record<string, string> = {},
    ) => call('GET', { key, ...ofUpload(uploadId, query) }),
    list: (query: Record<string, string> = {}) =>
      call('GET', { key: '', query: { uploads: '', ...query } }),
  };
}

export type Uploads = ReturnType<typeof uploadsOf>;

export const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** The tag of an object made of these parts. */
export const etagOfParts = (...parts: Uint8Array[]): string => {
  const md5s = Buffer.concat(parts.map((part) => Buffer.from(md5Of(part), 'hex')));
  return `"${md5Of(md5s)}-${parts.length}"`;
};

/** The list of parts that completes an upload: `[number, tag, further elements]`. */
export const partList = (...parts: [number: number | string, etag: string, more?: string][]) =>
  `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts
    .map(
      ([number, etag, more = '']) =>
        `<Part><ETag>${etag}</ETag><PartNumber>${number}</PartNumber>${more}</Part>`,
    )
    .join('')}</CompleteMultipartUpload>`;

export const partBytesMin = 5 * 1024 * 1024;

/** Bytes that differ from part to part. */
export const bytesOfPart = (seed: number, size = partBytesMin): Buffer =>
  Buffer.alloc(size, createHash('sha512').update(String(seed)).digest());
