import { randomStream } from '../../base/random.ts';
import type { DerNode } from '../../base/x509/der.ts';

/** Whole numbers below the one that is given: the same seed makes the same mutations everywhere. */
export function seededRandom(seed: number): (below: number) => number {
  const next = randomStream(seed);
  return (below) => (next() * 2 ** 32) % below;
}

/** One to three changes: an octet replaced, inserted, deleted, a stretch doubled, the end cut off or added to. */
export function mutateBytes(bytes: Uint8Array, random: (below: number) => number): Buffer {
  let out = Buffer.from(bytes);
  for (let count = 1 + random(3); count > 0; count--) {
    const at = random(out.length);
    const octet = Buffer.of(random(256));
    const cut = [out.subarray(0, at), out.subarray(at + 1)] as const;
    const stretch = out.subarray(at, at + 1 + random(24));
    const ways = [
      [cut[0], octet, cut[1]],
      [cut[0], octet, out.subarray(at)],
      cut,
      [cut[0], stretch, out.subarray(at)],
      [out.subarray(0, Math.max(1, at))],
      [out, octet],
    ];
    out = Buffer.concat(ways[random(ways.length)] ?? cut);
    if (out.length === 0) return Buffer.of(0);
  }
  return out;
}

interface LooseNode {
  tagClass: number;
  type: number;
  constructed: boolean;
  value: string | LooseNode[];
}

/** A copy of the tree with one node changed: its tag, its content, or a child removed, doubled or moved. */
export function mutateTree(tree: DerNode, random: (below: number) => number): DerNode {
  const copy = structuredClone(tree) as unknown as LooseNode;
  const all = nodesOf(copy);
  const node = all[random(all.length)] ?? copy;
  const way = random(4);
  if (way === 0) node.type = random(31);
  else if (way === 1) node.tagClass = random(4) * 64;
  else if (typeof node.value === 'string') node.value = mutateText(node.value, random);
  else mutateChildren(node.value, random);
  return copy as unknown as DerNode;
}

function mutateText(value: string, random: (below: number) => number): string {
  const bytes = value === '' ? Buffer.of(0) : Buffer.from(value, 'latin1');
  return mutateBytes(bytes, random).toString('latin1');
}

function mutateChildren(children: LooseNode[], random: (below: number) => number): void {
  const at = random(children.length + 1);
  const child = children[at];
  if (child === undefined) children.push({ tagClass: 0, type: 5, constructed: false, value: '' });
  else if (random(2) === 0) children.splice(at, 1);
  else children.splice(random(children.length), 0, structuredClone(child));
}

function nodesOf(node: LooseNode): LooseNode[] {
  return [node, ...(typeof node.value === 'string' ? [] : node.value.flatMap(nodesOf))];
}

/** One change of a named kind, to a request in DER or to its PEM text; `other` is another request to splice with. */
export type Mutation = (bytes: Buffer, random: (below: number) => number, other: Buffer) => Buffer;

const cutAt = (bytes: Buffer, at: number, remove: number, put: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + remove)]);

export const anywhere = {
  'bit flip': (bytes, random) => {
    const at = random(bytes.length);
    return cutAt(bytes, at, 1, Buffer.of((bytes[at] ?? 0) ^ (1 << random(8))));
  },
  'octet changed': (bytes, random) => cutAt(bytes, random(bytes.length), 1, Buffer.of(random(256))),
  'octets inserted': (bytes, random) =>
    cutAt(bytes, random(bytes.length + 1), 0, Buffer.alloc(1 + random(4), random(256))),
  'octets deleted': (bytes, random) =>
    cutAt(bytes, random(bytes.length), 1 + random(4), Buffer.alloc(0)),
  truncated: (bytes, random) => Buffer.from(bytes.subarray(0, random(bytes.length))),
  spliced: (bytes, random, other) => {
    const at = random(Math.min(bytes.length, other.length));
    return Buffer.concat([bytes.subarray(0, at), other.subarray(at)]);
  },
  'stretch moved': (bytes, random) => {
    const [from, length] = [random(bytes.length), 1 + random(32)];
    const stretch = Buffer.from(bytes.subarray(from, from + length));
    const rest = cutAt(bytes, from, length, Buffer.alloc(0));
    return cutAt(rest, random(rest.length + 1), 0, stretch);
  },
} as const satisfies Record<string, Mutation>;

/** Changes that know where DER has its tags and lengths. */
export const inDer = {
  'tag changed': (bytes, random) => {
    const { tagAt } = pick(headersOf(bytes), random);
    const tag = (bytes[tagAt] ?? 0) ^ (1 + random(255));
    return cutAt(bytes, tagAt, 1, Buffer.of(tag));
  },
  'length changed': (bytes, random) => {
    const { tagAt, contentAt } = pick(headersOf(bytes), random);
    const at = tagAt + 1 + random(contentAt - tagAt - 1);
    return cutAt(bytes, at, 1, Buffer.of(((bytes[at] ?? 0) + 1 + random(4)) & 0xff));
  },
  'length in more octets': (bytes, random) => {
    const { tagAt, contentAt, length } = pick(headersOf(bytes), random);
    const longer = Buffer.of(0x83, 0, length >> 8, length & 0xff);
    return cutAt(bytes, tagAt + 1, contentAt - tagAt - 1, longer);
  },
  'value emptied': (bytes, random) => {
    const { tagAt, contentAt, length } = pick(headersOf(bytes), random);
    return cutAt(bytes, tagAt + 1, contentAt - tagAt - 1 + length, Buffer.of(0));
  },
} as const satisfies Record<string, Mutation>;

/** Changes of PEM's lines that leave each line whole. */
export const inPem = {
  'line ends': (bytes) => Buffer.from(bytes.toString('latin1').replaceAll('\n', '\r\n'), 'latin1'),
  'line doubled, dropped or moved': (bytes, random, other) => {
    const lines = bytes.toString('latin1').split('\n');
    const taken = lines.splice(random(lines.length), random(2));
    const strange = other.toString('latin1').split('\n');
    lines.splice(random(lines.length + 1), 0, ...(random(2) ? taken : [pick(strange, random)]));
    return Buffer.from(lines.join('\n'), 'latin1');
  },
  'blanks and empty lines': (bytes, random) => {
    const blank = Buffer.from([' ', '\n', '\t', '\r\n', '\n\n', '\v'][random(6)] ?? ' ');
    const ends = [0, bytes.length, bytes.indexOf('\n', random(bytes.length)) + 1];
    return cutAt(bytes, pick(ends, random), 0, blank);
  },
} as const satisfies Record<string, Mutation>;

const pick = <T>(list: readonly T[], random: (below: number) => number): T => {
  const found = list[random(list.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
};

interface Header {
  readonly tagAt: number;
  readonly contentAt: number;
  readonly length: number;
}

/** Where each value of a DER tree begins (tags of one octet, lengths of up to three). */
function headersOf(bytes: Buffer, from = 0, to = bytes.length): Header[] {
  const found: Header[] = [];
  for (let tagAt = from; tagAt + 1 < to; ) {
    const first = bytes[tagAt + 1] ?? 0;
    const more = first < 0x80 ? 0 : first & 0x7f;
    const contentAt = tagAt + 2 + more;
    const length = more === 0 ? first : bytes.readUIntBE(tagAt + 2, more);
    found.push({ tagAt, contentAt, length });
    const isConstructed = ((bytes[tagAt] ?? 0) & 0x20) !== 0;
    if (isConstructed) found.push(...headersOf(bytes, contentAt, contentAt + length));
    tagAt = contentAt + length;
  }
  return found;
}
