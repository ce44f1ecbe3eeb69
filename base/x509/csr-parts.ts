import { PilotfishError } from '../errors.ts';
import {
  type SignatureAlgorithm,
  signatureAlgorithmNames,
  signatureAlgorithms,
} from './algorithms.ts';
import { type DerNode, decode, encode, oidOctets, tags } from './der.ts';
import { extensionOids } from './extensions.ts';
import { commonNameOid, isNameText } from './fields.ts';
import { emptyNull, inSequence, inSet, isOid, octets, oidIn, wholeBits } from './shape.ts';

/** The parts of a request, checked at every node. All functions throw; the reader turns the error into a rejection. */

/** The one common name of a subject; other attributes are ignored. */
export function readCommonName(subject: DerNode | undefined): string {
  const found: string[] = [];
  for (const relative of inSequence(subject, 'subject')) {
    const [type, value] = inSequence(inSet(relative, 'subject'), 'subject', 2);
    const isCommonName = isOid(type, 'subject', commonNameOid);
    const { utf8String, printableString, t61String, ia5String, bmpString } = tags;
    if (!isCommonName) {
      octets(value, 'subject', utf8String, printableString, t61String, ia5String, bmpString);
      continue;
    }
    const bytes = octets(value, 'common name', utf8String, printableString);
    found.push(nameText(bytes, value?.type === utf8String));
  }
  const [commonName] = found;
  if (commonName === undefined || found.length !== 1) {
    throw new PilotfishError('csr-subject', `expected one common name, found ${found.length}`);
  }
  return commonName;
}

function nameText(bytes: Buffer, isUtf8: boolean): string {
  const value = bytes.toString(isUtf8 ? 'utf8' : 'ascii');
  // Bytes that are not valid in the encoding decode to others.
  if (!Buffer.from(value, 'utf8').equals(bytes) || !isNameText(value)) {
    throw new PilotfishError('csr-subject', 'common name: expected 1 to 64 printable characters');
  }
  return value;
}

/** RFC 5758 section 3.2: no parameters with ECDSA; RFC 4055 section 5: NULL with RSA. */
export function readAlgorithm(node: DerNode | undefined): SignatureAlgorithm {
  const [type, ...parameters] = inSequence(node, 'signature algorithm');
  const known = signatureAlgorithmNames.find((name) =>
    isOid(type, 'signature algorithm', signatureAlgorithms[name].oid),
  );
  if (known === undefined) {
    throw new PilotfishError('csr-algorithm', 'the signature algorithm is not known');
  }
  const isRsa = signatureAlgorithms[known].keyType === 'rsa';
  inSequence(node, 'signature algorithm', isRsa ? 2 : 1);
  if (isRsa) emptyNull(parameters[0], 'signature algorithm');
  return known;
}

const keyOids = {
  ec: '1.2.840.10045.2.1',
  p256: '1.2.840.10045.3.1.7',
  rsa: '1.2.840.113549.1.1.1',
} as const;

/** A SubjectPublicKeyInfo in one of the two supported forms; returns its octets. */
export function readKeyInfo(node: DerNode | undefined): Buffer {
  const [algorithm, bits] = inSequence(node, 'public key', 2);
  const [type, parameters] = inSequence(algorithm, 'public key algorithm', 2);
  const key = wholeBits(bits, 'public key');
  if (isOid(type, 'public key algorithm', keyOids.ec)) {
    const isP256 = isOid(parameters, 'curve', keyOids.p256);
    // An uncompressed point (SEC 1 section 2.3.3): 04, then 32 octets each for x and y.
    if (!isP256 || key.length !== 65 || key[0] !== 4) {
      throw new PilotfishError('csr-key', 'expected an uncompressed point on P-256');
    }
  } else if (isOid(type, 'public key algorithm', keyOids.rsa)) {
    emptyNull(parameters, 'public key algorithm');
    for (const number of inSequence(decode(key), 'RSA key', 2)) {
      octets(number, 'RSA key', tags.integer);
    }
  } else {
    throw new PilotfishError('csr-key', 'the key is neither EC nor RSA');
  }
  return encode(node as DerNode);
}

/** PKCS#9's attribute for requested extensions (RFC 2985 section 5.4.2) and Microsoft's own. */
const extensionRequests = ['1.2.840.113549.1.9.14', '1.3.6.1.4.1.311.2.1.14'] as const;

/** Rejects requests for a CA certificate, and duplicates; ignores the rest. */
export function checkAttributes(attributes: readonly DerNode[]): void {
  const seen = new Set<string>();
  for (const attribute of attributes) {
    const [type, values] = inSequence(attribute, 'attribute', 2);
    const value = inSet(values, 'attribute');
    const oid = oidIn(type, 'attribute');
    const isExtensions = extensionRequests.some((dotted) => oidOctets(dotted) === oid);
    const key = isExtensions ? 'extensions' : oid;
    if (seen.has(key)) {
      throw new PilotfishError('csr-duplicate-extension', 'an attribute occurs twice');
    }
    seen.add(key);
    if (isExtensions) checkExtensions(inSequence(value, 'requested extensions'));
  }
}

function checkExtensions(requested: readonly DerNode[]): void {
  const seen = new Set<string>();
  for (const extension of requested) {
    const [type, ...rest] = inSequence(extension, 'requested extension');
    const oid = oidIn(type, 'requested extension');
    if (seen.has(oid)) {
      throw new PilotfishError('csr-duplicate-extension', 'an extension is requested twice');
    }
    seen.add(oid);
    inSequence(extension, 'requested extension', rest.length > 1 ? 3 : 2);
    if (rest.length > 1) checkBoolean(rest[0], 'requested extension');
    const value = octets(rest.at(-1), 'requested extension', tags.octetString);
    if (oid === oidOctets(extensionOids.basicConstraints)) checkBasicConstraints(value);
  }
}

/** RFC 5280 section 4.2.1.9; DER omits the default FALSE, but some clients include it. */
function checkBasicConstraints(value: Buffer): void {
  const [first] = inSequence(decode(value), 'basic constraints');
  if (first?.type === tags.boolean && checkBoolean(first, 'basic constraints')) {
    throw new PilotfishError('csr-ca-requested', 'the request has CA:TRUE');
  }
}

function checkBoolean(node: DerNode | undefined, what: string): boolean {
  const value = octets(node, what, tags.boolean);
  const isTrue = value.equals(Buffer.of(0xff));
  if (!isTrue && !value.equals(Buffer.of(0))) {
    throw new PilotfishError('csr-shape', `${what}: expected a BOOLEAN`);
  }
  return isTrue;
}
