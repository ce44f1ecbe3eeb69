import { type Checksum, checksumAlgorithms, checksumBytes, isBase64Of } from '../checksums.ts';
import { S3Refusal } from '../s3-errors.ts';
import type { NamedPart } from '../services/completion-checks.ts';
import { readXml, type XmlElement } from '../xml-reader.ts';
import { partNumberIn, partNumberMax } from './object-upload-requests.ts';

/** The list of parts in a CompleteMultipartUpload. */

/** Twice what the most parts take that may be, with the longest checksum. */
export const completeBytesMax = 4 * 1024 * 1024;

/** Throws S3's error for what is no such list, and for an element that is not served. */
export function partsIn(body: Uint8Array): NamedPart[] {
  if (body.length === 0) {
    throw new S3Refusal('InvalidRequest', {}, 'You must specify at least one part');
  }
  const root = readXml(body);
  const parts = root?.elements ?? [];
  const isList =
    root?.name === 'CompleteMultipartUpload' &&
    parts.length >= 1 &&
    parts.length <= partNumberMax &&
    parts.every(({ name }) => name === 'Part');
  if (!isList) throw new S3Refusal('MalformedXML');
  return parts.map(partOf);
}

function partOf({ elements }: XmlElement): NamedPart {
  const values = new Map<string, string>();
  for (const { name, text, elements: inner } of elements) {
    if (values.has(name) || inner.length > 0) throw new S3Refusal('MalformedXML');
    values.set(name, text);
  }
  const number = values.get('PartNumber') ?? '';
  const etag = values.get('ETag');
  if (etag === undefined || !/^-?\d+$/.test(number)) throw new S3Refusal('MalformedXML');
  const checksums = checksumAlgorithms.flatMap((algorithm): Checksum[] => {
    const value = values.get(`Checksum${algorithm}`);
    return value === undefined ? [] : [checked({ algorithm, value })];
  });
  const unserved = [...values.keys()].find((name) => !known.has(name));
  if (unserved?.startsWith('Checksum')) {
    throw new S3Refusal('NotImplemented', { Element: unserved }, `${unserved} is not implemented`);
  }
  if (unserved !== undefined) throw new S3Refusal('MalformedXML');
  // With and without quotation marks.
  const md5 = /^"?([^"]*)"?$/.exec(etag)?.[1] ?? etag;
  return { number: partNumberIn(number, 'PartNumber'), md5, checksums };
}

function checked(checksum: Checksum): Checksum {
  const { algorithm, value } = checksum;
  if (isBase64Of(value, checksumBytes[algorithm])) return checksum;
  throw new S3Refusal('InvalidRequest', {}, `Value for Checksum${algorithm} is invalid.`);
}

const known = new Set(['PartNumber', 'ETag', ...checksumAlgorithms.map((one) => `Checksum${one}`)]);
