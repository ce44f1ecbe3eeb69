import { isIP } from 'node:net';
import { PilotfishError } from '../errors.ts';

const dnsName = /^(\*\.)?(?!-)[A-Za-z0-9-]{1,63}(\.(?!-)[A-Za-z0-9-]{1,63})*$/;

/** A host name or address as encoded in a subject alternative name. Throws `x509-host-name`. */
export function hostNameOctets(hostName: string): { isAddress: boolean; octets: Buffer } {
  const version = isIP(hostName);
  if (version === 4)
    return { isAddress: true, octets: Buffer.from(hostName.split('.').map(Number)) };
  if (version === 6) return { isAddress: true, octets: addressOctets(hostName) };
  if (hostName.length > 253 || !dnsName.test(hostName)) {
    const shown = JSON.stringify(hostName.slice(0, 80));
    throw new PilotfishError('x509-host-name', `${shown} is no host name or address`);
  }
  return { isAddress: false, octets: Buffer.from(hostName, 'ascii') };
}

function addressOctets(address: string): Buffer {
  // URL normalises an IPv6 address to groups of hex digits, with `::` at most once.
  const canonical = new URL(`http://[${address.replace(/%.*/, '')}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical
    .split('::')
    .map((side) => side.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  const groups = [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
  return Buffer.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}
