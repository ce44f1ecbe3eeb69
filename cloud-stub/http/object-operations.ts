import { checksumAlgorithms, checksumHeader } from '../checksums.ts';
import { responseParameters } from './object-metadata.ts';

/** What one of S3's operations serves. Whatever else changes the meaning of a request is refused. */
export interface ObjectOperation {
  readonly name: string;
  readonly method: string;
  /** Parameters of the query, besides the signature. */
  readonly parameters: readonly string[];
  /** Headers `x-amz-...`, also as parameters of the query; `*` stands for any rest. */
  readonly headers: readonly string[];
  /** Other headers that S3 serves there and the stub does not. */
  readonly refused: readonly string[];
}

const checksumHeaders = checksumAlgorithms.map(checksumHeader);

export const objectOperations: readonly ObjectOperation[] = [
  {
    ...{ name: 'PutObject', method: 'PUT', parameters: [] },
    headers: [...checksumHeaders, 'x-amz-sdk-checksum-algorithm', 'x-amz-meta-*'],
    refused: ['transfer-encoding', 'content-range', 'if-match'],
  },
  ...[
    { name: 'GetObject', method: 'GET' },
    { name: 'HeadObject', method: 'HEAD' },
  ].map((read) => ({
    ...read,
    parameters: responseParameters,
    headers: ['x-amz-checksum-mode'],
    refused: [],
  })),
];

/** Headers that belong to the signature or to the client's name, whatever the operation. */
export const commonHeaders = ['x-amz-content-sha256', 'x-amz-user-agent'];
