import type { KeyObject } from 'node:crypto';
import { expect, it } from 'vitest';
import { around, type DerNode, octetString, sequence } from '../../base/x509/der.ts';
import { generateKeys, type KeyPair } from '../../base/x509/keys.ts';
import { decodePem } from '../../base/x509/pem.ts';
import { readCsr } from '../../base/x509/read-csr.ts';
import { isRobotId } from '../../protocol/topics.ts';
import {
  basicConstraints,
  buildCsr,
  commonName,
  csrParts,
  csrPem,
  extension,
  extensionRequest,
  signCsr,
} from '../support/pki-csr.ts';
import {
  anywhere,
  inDer,
  inPem,
  type Mutation,
  mutateTree,
  seededRandom,
} from '../support/pki-mutate.ts';
import { opensslReadsCsr } from '../support/pki-openssl.ts';

/**
 * 100,000 mutations of valid requests. What the reader accepts, `openssl req -verify` must accept too, with the same key
 * and subject in it; a mutation that was not signed afresh must also have left both as they were.
 */
const random = seededRandom(20_261_121);
const keyPairs = await Promise.all([
  generateKeys('ec-p256'),
  generateKeys('ec-p256'),
  generateKeys('rsa-2048'),
]);
const attributes = around(
  0,
  extensionRequest(basicConstraints(false), extension('2.5.29.15', octetString(Buffer.of(3)))),
);

interface Seed {
  readonly keys: KeyPair;
  readonly name: string;
  readonly pem: Buffer;
  readonly der: Buffer;
}
const seeds: Seed[] = keyPairs.flatMap((keys, at) =>
  [around(0), attributes].map((more, index) => {
    const name = `robot-${at}${index}`;
    const pem = buildCsr(keys, { subject: sequence(commonName(name)), attributes: more });
    const der = decodePem('CERTIFICATE REQUEST', pem) ?? Buffer.alloc(0);
    return { keys, name, pem: Buffer.from(pem), der };
  }),
);
const seedAt = (at: number): Seed => seeds[at % seeds.length] ?? expect.fail();

interface Taken {
  readonly kind: string;
  readonly pem: string;
  readonly publicKey: KeyObject;
  readonly commonName: string;
  /** What it was made of, unless it was signed afresh. */
  readonly seed?: Seed;
}
const tried = new Map<string, number>();
const taken: Taken[] = [];

function offer(kind: string, pem: string, seed?: Seed): void {
  tried.set(kind, (tried.get(kind) ?? 0) + 1);
  const reading = readCsr(pem);
  if (!reading.ok) return;
  const { publicKey, commonName: name } = reading.csr;
  taken.push({ kind, pem, publicKey, commonName: name, ...(seed ? { seed } : {}) });
}

/** `count` mutations by the `ways` in turn, each of one change, or now and then of two. */
function mutateAll(
  label: string,
  ways: Readonly<Record<string, Mutation>>,
  { count, form }: { count: number; form: 'der' | 'pem' },
): void {
  const named = Object.entries(ways);
  for (let round = 0; round < count; ) {
    const [kind, mutate] = named[round % named.length] ?? expect.fail();
    const seed = seedAt(random(seeds.length));
    const other = seedAt(random(seeds.length));
    let mutated = mutate(seed[form], random, other[form]);
    if (mutated.length > 0 && random(4) === 0) mutated = anywhere['bit flip'](mutated, random);
    if (mutated.equals(seed[form]) || mutated.equals(other[form])) continue;
    offer(`${label}: ${kind}`, form === 'der' ? csrPem(mutated) : mutated.toString('latin1'), seed);
    round += 1;
  }
}

/** Changes of the content before it is signed: the signature is good, only the reader's other checks are left. */
function signAfresh(count: number): void {
  for (let round = 0; round < count; round++) {
    const keyPair = keyPairs[round % 12 === 0 ? 2 : round % 2] ?? expect.fail();
    const parts = csrParts(keyPair.publicKey, { attributes: random(2) ? attributes : around(0) });
    const info = sequence(parts.version, parts.subject, parts.keyInfo, parts.attributes);
    const isInside = random(8) > 0;
    let changed: DerNode = isInside ? mutateTree(info, random) : info;
    if (isInside && random(4) === 0) changed = mutateTree(changed, random);
    const algorithm = isInside ? parts.algorithm : mutateTree(parts.algorithm, random);
    let pem = '';
    try {
      pem = csrPem(signCsr(keyPair.privateKey, changed, algorithm));
    } catch {
      // The codec cannot write every mutated tree: nothing to offer, and counted as refused.
    }
    offer('signed afresh', pem);
  }
}

it('openssl accepts those of 100,000 mutated requests that our reader accepts, with the same content', () => {
  mutateAll('DER', { ...anywhere, ...inDer }, { count: 55_000, form: 'der' });
  mutateAll('PEM', { ...anywhere, ...inPem }, { count: 25_000, form: 'pem' });
  signAfresh(20_000);
  const count = [...tried.values()].reduce((sum, each) => sum + each, 0);
  expect(count).toBe(100_000);
  const disagreed = taken.filter((one) => !agrees(one)).map(({ kind, pem }) => `${kind}\n${pem}`);
  const rows = [...tried].map(([kind, all]) => {
    const passed = taken.filter((one) => one.kind === kind).length;
    return `${kind.padEnd(42)}${`${all}`.padStart(7)} tried ${`${passed}`.padStart(6)} accepted`;
  });
  process.stdout.write(`${rows.join('\n')}\n`);
  expect(disagreed).toEqual([]);
  // A fuzz in which nothing is accepted tests nothing.
  expect(taken.filter(({ kind }) => kind === 'signed afresh').length).toBeGreaterThan(200);
  expect(taken.filter(({ kind }) => kind.startsWith('DER:') && !/unchanged/.test(kind))).toEqual(
    [],
  );
});

const answers = new Map<string, ReturnType<typeof opensslReadsCsr>>();

/** Line ends are changed in the same way thousands of times. */
function askOpenssl(pem: string): ReturnType<typeof opensslReadsCsr> {
  if (!answers.has(pem)) answers.set(pem, opensslReadsCsr(pem));
  return answers.get(pem);
}

function agrees({ pem, publicKey, commonName: name, seed }: Taken): boolean {
  const theirs = askOpenssl(pem);
  if (theirs?.publicKeyPem !== publicKey.export({ type: 'spki', format: 'pem' })) return false;
  if (seed !== undefined && !(publicKey.equals(seed.keys.publicKey) && name === seed.name)) {
    return false;
  }
  // The station rejects other names even when the reader accepts them, and openssl shows them with escapes.
  return !isRobotId(name) || theirs.subject.split(',').includes(`CN=${name}`);
}
