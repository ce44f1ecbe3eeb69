import { X509Certificate } from 'node:crypto';
import { PilotfishError } from '../errors.ts';
import { type DerNode, decode, tags } from './der.ts';
import { extensionOids } from './extensions.ts';
import { keyIdentifier } from './fields.ts';
import { inContext, inSequence, isOid, octets } from './shape.ts';

/** The issuer's name, byte for byte as in its certificate (PEM), and its key identifier. Throws `x509-issuer`. */
export function readIssuer(pem: string): { name: DerNode; keyIdentifier: Buffer } {
  try {
    const certificate = new X509Certificate(pem);
    if (!certificate.ca) throw new PilotfishError('x509-issuer', 'it is not a CA');
    const [tbs] = inSequence(decode(certificate.raw), 'certificate', 3);
    const [, , , , , subject, spki, ...rest] = inSequence(tbs, 'certificate');
    if (subject === undefined || spki === undefined) throw new Error('fields are missing');
    return { name: subject, keyIdentifier: subjectKeyIdentifier(rest) ?? keyIdentifier(spki) };
  } catch (cause) {
    throw new PilotfishError('x509-issuer', "the issuer's certificate is not usable", { cause });
  }
}

function subjectKeyIdentifier(fields: readonly DerNode[]): Buffer | undefined {
  const [list] = inContext(fields.at(-1), 'extensions', 3);
  for (const item of inSequence(list, 'extensions')) {
    const [type, ...rest] = inSequence(item, 'extension');
    if (isOid(type, 'extension', extensionOids.subjectKeyIdentifier)) {
      const value = octets(rest.at(-1), 'subject key identifier', tags.octetString);
      return octets(decode(value), 'subject key identifier', tags.octetString);
    }
  }
  return undefined;
}
