import type { ObjectRow } from '../rows.ts';
import { S3Refusal } from '../s3-errors.ts';
import { chunkedEncoding } from './object-checksums.ts';

type Headers = Readonly<Record<string, string>>;

/** Headers of an upload that are sent with the object, besides its type. */
const systemHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
] as const;
const ownPrefix = 'x-amz-meta-';
const typeWithout = 'binary/octet-stream';

/** Parameters of a read whose values replace what is stored: `response-content-type`, ... */
export const responseParameters = ['content-type', ...systemHeaders].map(
  (name) => `response-${name}`,
);

/** S3's limit for the names and values of each kind, in bytes. */
const metadataBytesMax = 2048;

/** What an upload says about the object. Throws S3's error for what could not be sent back, or is too much. */
export function metadataOf(headers: Headers): Pick<ObjectRow, 'type' | 'metadata'> {
  const { 'content-type': type = typeWithout } = headers;
  const system = systemHeaders.flatMap((name) => {
    const value = name === 'content-encoding' ? encodingIn(headers) : headers[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const own = Object.entries(headers)
    .filter(([name]) => name.startsWith(ownPrefix))
    .map(([name, value]) => [name, value.trim()] as const);
  for (const [name, value] of [...system, ...own, ['content-type', type] as const]) {
    checkHeader(name, value);
  }
  checkSize([...system, ['content-type', type]]);
  checkSize(own.map(([name, value]) => [name.slice(ownPrefix.length), value]));
  const all = [...system, ...own];
  return { type, ...(all.length > 0 && { metadata: Object.fromEntries(all) }) };
}

/** The object's own encodings, without the frame of the body. */
function encodingIn({ 'content-encoding': encoding }: Headers): string | undefined {
  if (!encoding?.includes(chunkedEncoding)) return encoding;
  const own = encoding.split(/ *, */).filter((one) => one !== chunkedEncoding);
  return own.length === 0 ? undefined : own.join(',');
}

/** The headers of an answer with the object. */
export function headersFor(
  { type, metadata = {} }: ObjectRow,
  parameters: ReadonlyMap<string, string>,
): Record<string, string> {
  const replaced = responseParameters.flatMap((parameter) => {
    const value = parameters.get(parameter);
    if (value === undefined) return [];
    checkHeader(parameter, value);
    return [[parameter.slice('response-'.length), value] as const];
  });
  return { 'content-type': type, ...metadata, ...Object.fromEntries(replaced) };
}

/** A name or value from the query may be no header: one with a line break would be two. */
function checkHeader(name: string, value: string): void {
  const isName = /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name) && name !== ownPrefix;
  if (isName && /^[\t -~]*$/.test(value)) return;
  throw new S3Refusal(
    'InvalidArgument',
    { ArgumentName: name, ArgumentValue: value },
    'Metadata must be printable US-ASCII',
  );
}

function checkSize(pairs: readonly (readonly [name: string, value: string])[]): void {
  const bytes = pairs.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes <= metadataBytesMax) return;
  const sizes = { Size: String(bytes), MaxSizeAllowed: String(metadataBytesMax) };
  throw new S3Refusal('MetadataTooLarge', sizes);
}
