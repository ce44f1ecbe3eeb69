import {
  around,
  bitString,
  type DerNode,
  encode,
  inPlace,
  integer,
  octetString,
  oid,
  sequence,
  truth,
} from './der.ts';
import { hostNameOctets } from './host-names.ts';
import { extendedKeyUsageOids, type KeyUsage, keyUsageBits, type Profile } from './profiles.ts';

/** RFC 5280 section 4.2. */
export const extensionOids = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlNumber: '2.5.29.20',
  reasonCode: '2.5.29.21',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
} as const;

/**
 * The extensions of a certificate: its profile's, its host names, its key's identifier and its issuer's (absent when it
 * is self-signed).
 */
export function extensions(parts: {
  profile: Profile;
  hostNames: readonly string[];
  keyIdentifier: Buffer;
  issuerKeyIdentifier: Buffer | undefined;
}): DerNode {
  const { profile, hostNames, issuerKeyIdentifier } = parts;
  const list = [
    critical('basicConstraints', basicConstraints(profile)),
    critical('keyUsage', keyUsage(profile.keyUsage)),
  ];
  if (profile.extendedKeyUsage.length > 0) {
    const purposes = profile.extendedKeyUsage.map((use) => oid(extendedKeyUsageOids[use]));
    list.push(extension('extendedKeyUsage', sequence(...purposes)));
  }
  if (profile.hasHostNames) {
    list.push(extension('subjectAltName', sequence(...hostNames.map(generalName))));
  }
  list.push(extension('subjectKeyIdentifier', octetString(parts.keyIdentifier)));
  if (issuerKeyIdentifier !== undefined) {
    list.push(authorityKeyIdentifier(issuerKeyIdentifier));
  }
  return around(3, sequence(...list));
}

/** RFC 5280 section 4.2.1.1: which key of the issuer signed. */
export const authorityKeyIdentifier = (keyIdentifier: Buffer): DerNode =>
  extension('authorityKeyIdentifier', sequence(inPlace(0, keyIdentifier)));

export const extension = (name: keyof typeof extensionOids, value: DerNode): DerNode =>
  sequence(oid(extensionOids[name]), octetString(encode(value)));

const critical = (name: keyof typeof extensionOids, value: DerNode): DerNode =>
  sequence(oid(extensionOids[name]), truth(), octetString(encode(value)));

const basicConstraints = ({ authority }: Profile): DerNode =>
  authority ? sequence(truth(), integer(Uint8Array.of(authority.pathLength))) : sequence();

/** A named-bit list: DER omits trailing zero bits (X.690 section 11.2.2). All supported bits are in the first octet. */
function keyUsage(uses: readonly KeyUsage[]): DerNode {
  const octet = uses.reduce((sum, use) => sum | (0x80 >> keyUsageBits[use]), 0);
  const unusedBits = 7 - Math.max(...uses.map((use) => keyUsageBits[use]));
  return bitString(Uint8Array.of(octet), unusedBits);
}

/** dNSName [2] or iPAddress [7]. */
function generalName(hostName: string): DerNode {
  const { isAddress, octets } = hostNameOctets(hostName);
  return inPlace(isAddress ? 7 : 2, octets);
}
