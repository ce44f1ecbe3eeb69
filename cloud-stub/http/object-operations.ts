import { checksumAlgorithms, checksumHeader } from '../checksums.ts';
import { responseParameters } from './object-metadata.ts';

/** What one of S3's operations serves. Whatever else changes the meaning of a request is refused. */
export interface ObjectOperation {
  readonly name: 'PutObject' | 'GetObject' | 'HeadObject' | 'DeleteObject' | 'ListObjectsV2';
  readonly method: string;
  /** Of the bucket: there is no key. */
  readonly isOfBucket?: true;
  /** Parameters of the query, besides the signature. */
  readonly parameters: readonly string[];
  /** Headers `x-amz-...`, also as parameters of the query; `*` stands for any rest. */
  readonly headers: readonly string[];
  /** Other headers that S3 serves there and the stub does not. */
  readonly refused: readonly string[];
}

const checksumHeaders = checksumAlgorithms.map(checksumHeader);

const read = {
  parameters: responseParameters,
  headers: ['x-amz-checksum-mode'],
  refused: [],
};

export const objectOperations: readonly ObjectOperation[] = [
  {
    ...{ name: 'PutObject', method: 'PUT', parameters: [] },
    headers: [...checksumHeaders, 'x-amz-sdk-checksum-algorithm', 'x-amz-meta-*'],
    refused: [
      ...['transfer-encoding', 'content-range'],
      ...['if-match', 'if-modified-since', 'if-unmodified-since'],
    ],
  },
  { name: 'GetObject', method: 'GET', ...read },
  { name: 'HeadObject', method: 'HEAD', ...read },
  {
    ...{ name: 'DeleteObject', method: 'DELETE', parameters: [], headers: [] },
    refused: ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'],
  },
  {
    ...{ name: 'ListObjectsV2', method: 'GET', isOfBucket: true, headers: [], refused: [] },
    parameters: [
      ...['list-type', 'prefix', 'delimiter', 'start-after', 'max-keys'],
      ...['continuation-token', 'encoding-type', 'fetch-owner'],
    ],
  },
];

/** Headers that belong to the signature or to the client's name, whatever the operation. */
export const commonHeaders = ['x-amz-content-sha256', 'x-amz-user-agent'];
