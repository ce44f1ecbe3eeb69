import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums.ts';

/** The rows of multipart uploads. */

export interface UploadRow {
  /** Begins with the time, so that the ids of one key are in the order of S3's list. */
  uploadId: string;
  key: string;
  createdMs: number;
  /** When it is given up. */
  dueMs: number;
  type: string;
  /** Headers to be sent with the object, by lower-case name. */
  metadata?: Record<string, string>;
  /** The checksum that each part has; absent: S3's default for the object, and none for the parts. */
  checksum?: { algorithm: ChecksumAlgorithm; type: ChecksumType };
  /** The size of all its parts together. */
  bytes: number;
  /** What it has become: for a client that has lost the answer and asks again. Then it has no parts any more. */
  completed?: CompletedUpload;
}

export interface CompletedUpload {
  etag: string;
  checksum: Checksum;
}

export interface UploadPartRow {
  number: number;
  size: number;
  /** Hex. */
  md5: string;
  file: string;
  storedMs: number;
  /** Absent when the upload has no algorithm. */
  checksum?: Checksum;
}
