import { checksumAlgorithms, checksumHeader } from '../checksums.ts';
import { responseParameters } from './object-metadata.ts';

/** What one of S3's operations serves. Whatever else changes the meaning of a request is refused. */
export interface ObjectOperation {
  readonly name:
    | 'PutObject'
    | 'GetObject'
    | 'HeadObject'
    | 'DeleteObject'
    | 'CreateMultipartUpload'
    | 'UploadPart'
    | 'CompleteMultipartUpload'
    | 'AbortMultipartUpload'
    | 'ListParts'
    | 'HeadBucket'
    | 'ListObjectsV2'
    | 'DeleteObjects'
    | 'ListMultipartUploads';
  readonly method: string;
  /** Of the bucket: there is no key. */
  readonly isOfBucket?: true;
  /** Parameters that distinguish it from another operation of this method. */
  readonly selectors?: readonly string[];
  /** Parameters of the query, besides these and the signature. */
  readonly parameters: readonly string[];
  /** Headers `x-amz-...`, also as parameters of the query; `*` stands for any rest. */
  readonly headers: readonly string[];
  /** Other headers that S3 serves there and the stub does not. */
  readonly refused: readonly string[];
}

const checksumHeaders = checksumAlgorithms.map(checksumHeader);

const writeConditions = ['if-match', 'if-modified-since', 'if-unmodified-since'];
const framing = ['transfer-encoding', 'content-range'];
/** Of a body in chunks with a trailer. */
const chunkHeaders = ['x-amz-trailer', 'x-amz-decoded-content-length'];

const read = {
  parameters: responseParameters,
  headers: ['x-amz-checksum-mode'],
  refused: [],
};

export const objectOperations: readonly ObjectOperation[] = [
  {
    ...{ name: 'PutObject', method: 'PUT', parameters: [] },
    headers: [...checksumHeaders, 'x-amz-sdk-checksum-algorithm', ...chunkHeaders, 'x-amz-meta-*'],
    refused: [...framing, ...writeConditions],
  },
  { name: 'GetObject', method: 'GET', ...read },
  { name: 'HeadObject', method: 'HEAD', ...read },
  {
    ...{ name: 'DeleteObject', method: 'DELETE', parameters: [], headers: [] },
    refused: ['if-none-match', ...writeConditions],
  },
  {
    ...{ name: 'CreateMultipartUpload', method: 'POST', selectors: ['uploads'], parameters: [] },
    headers: ['x-amz-checksum-algorithm', 'x-amz-checksum-type', 'x-amz-meta-*'],
    refused: ['if-none-match', ...writeConditions],
  },
  {
    ...{ name: 'UploadPart', method: 'PUT', selectors: ['uploadId', 'partNumber'], parameters: [] },
    headers: [...checksumHeaders, 'x-amz-sdk-checksum-algorithm', ...chunkHeaders],
    refused: [...framing, 'if-none-match', ...writeConditions],
  },
  {
    ...{ name: 'CompleteMultipartUpload', method: 'POST', selectors: ['uploadId'], parameters: [] },
    headers: [...checksumHeaders, 'x-amz-checksum-type', 'x-amz-mp-object-size'],
    refused: [...framing, ...writeConditions],
  },
  {
    ...{ name: 'AbortMultipartUpload', method: 'DELETE', selectors: ['uploadId'], parameters: [] },
    ...{ headers: [], refused: ['if-none-match', ...writeConditions] },
  },
  {
    ...{ name: 'ListParts', method: 'GET', selectors: ['uploadId'], headers: [], refused: [] },
    parameters: ['max-parts', 'part-number-marker'],
  },
  {
    ...{ name: 'HeadBucket', method: 'HEAD', isOfBucket: true },
    ...{ parameters: [], headers: [], refused: [] },
  },
  {
    ...{ name: 'DeleteObjects', method: 'POST', isOfBucket: true, selectors: ['delete'] },
    headers: [...checksumHeaders, 'x-amz-sdk-checksum-algorithm'],
    ...{ parameters: [], refused: framing },
  },
  {
    ...{ name: 'ListObjectsV2', method: 'GET', isOfBucket: true, selectors: ['list-type'] },
    ...{ headers: [], refused: [] },
    parameters: [
      ...['prefix', 'delimiter', 'start-after', 'max-keys'],
      ...['continuation-token', 'encoding-type', 'fetch-owner'],
    ],
  },
  {
    ...{ name: 'ListMultipartUploads', method: 'GET', isOfBucket: true, selectors: ['uploads'] },
    ...{ headers: [], refused: [] },
    parameters: ['prefix', 'key-marker', 'upload-id-marker', 'max-uploads', 'encoding-type'],
  },
];

/** Headers that belong to the signature or to the client's name, whatever the operation. */
export const commonHeaders = ['x-amz-content-sha256', 'x-amz-user-agent'];
