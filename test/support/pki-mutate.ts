import type { DerNode } from '../../base/x509/der.ts';

/** A small seeded generator (mulberry32): the same seed makes the same mutations everywhere. */
export function seededRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
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
