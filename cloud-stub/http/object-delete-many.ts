import { S3Refusal } from '../s3-errors.ts';
import { removeObject } from '../services/objects.ts';
import { element, xmlDocument } from '../xml.ts';
import { readXml, type XmlElement } from '../xml-reader.ts';
import type { Exchange } from './exchange.ts';
import { readRequestBody } from './object-bodies.ts';
import { expectedOf } from './object-checksums.ts';
import { checkKeyBytes, type ObjectRequest } from './object-requests.ts';
import type { ObjectStore } from './object-store.ts';
import { removeFiles, sendXml, serveUnit } from './object-upload-requests.ts';

/** S3's bounds. */
const keysMax = 1000;
const bytesMax = 2 * 1024 * 1024;

/** DeleteObjects. As in S3, one that is not there counts as deleted. */
export async function deleteObjects(
  store: ObjectStore,
  exchange: Exchange,
  request: ObjectRequest,
  nowMs: number,
): Promise<void> {
  const expected = expectedOf(request.headers);
  if (expected.md5 === undefined && expected.checksum === undefined) {
    const message = 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*';
    throw new S3Refusal('InvalidRequest', {}, message);
  }
  const body = await readRequestBody(store, exchange, request, { bytesMax, expected });
  const { keys, isQuiet } = keysIn(body);
  const files = serveUnit(store, nowMs, (ctx) =>
    keys.flatMap((key) => {
      const file = removeObject(ctx, key);
      return file === undefined ? [] : [file];
    }),
  );
  await removeFiles(store, files);
  const deleted = keys.map((key) => `<Deleted>${element('Key', key)}</Deleted>`);
  const text = xmlDocument(
    'DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"',
    isQuiet ? [] : deleted,
  );
  sendXml(exchange, text);
}

/** Throws S3's error for what is no such list, and for an element that is not served: versions and conditions. */
function keysIn(body: Uint8Array): { keys: string[]; isQuiet: boolean } {
  const root = readXml(body);
  if (root?.name !== 'Delete') throw new S3Refusal('MalformedXML');
  const [objects, others] = [true, false].map((isObject) =>
    root.elements.filter(({ name }) => (name === 'Object') === isObject),
  ) as [XmlElement[], XmlElement[]];
  const [quiet, second] = others;
  const isValid =
    objects.length >= 1 &&
    objects.length <= keysMax &&
    second === undefined &&
    (quiet === undefined || (quiet.name === 'Quiet' && /^(?:true|false)$/.test(quiet.text)));
  if (!isValid) throw new S3Refusal('MalformedXML');
  return { keys: objects.map(keyOf), isQuiet: quiet?.text === 'true' };
}

function keyOf({ elements }: XmlElement): string {
  const [key, second] = elements;
  const unserved = elements.find(({ name }) => conditions.includes(name));
  if (unserved !== undefined) {
    const message = `${unserved.name} is not implemented`;
    throw new S3Refusal('NotImplemented', { Element: unserved.name }, message);
  }
  if (key?.name !== 'Key' || key.text === '' || second !== undefined) {
    throw new S3Refusal('MalformedXML');
  }
  checkKeyBytes(key.text);
  return key.text;
}

const conditions = ['VersionId', 'ETag', 'LastModifiedTime', 'Size'];
