import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { systemClock } from '../../base/clock.ts';
import { keySigner } from '../../base/x509/algorithms.ts';
import { makeCsr } from '../../base/x509/csr.ts';
import { generateKeys } from '../../base/x509/keys.ts';
import { openCa } from '../../factory/ca.ts';
import type { KeyOptions } from '../../factory/ca-key.ts';
import { issue } from '../../factory/issue.ts';
import { openJournal } from '../../factory/journal.ts';
import { openRevocations } from '../../factory/revocations.ts';

/**
 * One station process of the bench. It makes its robots' requests, prints `ready`, waits for a line on standard input,
 * then issues certificates, eight at a time, for the given time, and then bare signatures. It prints the counts.
 */
export interface WorkerJob {
  readonly folder: string;
  readonly key: KeyOptions;
  readonly name: string;
  readonly robots: number;
  readonly milliseconds: number;
}

export interface WorkerCount {
  readonly certificates: number;
  readonly certificatesMs: number;
  readonly signatures: number;
  readonly signaturesMs: number;
}

const atOnce = 8;
const job = JSON.parse(process.argv[2] ?? '{}') as WorkerJob;
await using ca = await openCa(job.folder, job.key);
const station = {
  ca,
  journal: await openJournal(job.folder),
  revocations: await openRevocations(job.folder),
  clock: systemClock,
  random: randomBytes,
};
const requests: { serial: string; csrPem: string }[] = [];
for (let at = 0; at < job.robots; at++) {
  const serial = `${job.name}-${at}`;
  const keys = await generateKeys('ec-p256');
  const { sign } = keySigner(keys.privateKey);
  const csrPem = await makeCsr({ subjectCommonName: serial, publicKey: keys.publicKey, sign });
  requests.push({ serial, csrPem });
}
const tbs = randomBytes(500);
await ca.signer.sign(tbs);
process.stdout.write('ready\n');
await once(process.stdin, 'data');

/** How often `work` succeeds within the time. `work` returns false when there is nothing more to do. */
async function repeat(work: (at: number) => Promise<boolean>, ms: number) {
  const start = performance.now();
  let count = 0;
  let next = 0;
  const lane = async () => {
    while (performance.now() - start < ms && (await work(next++))) count += 1;
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { count, ms: performance.now() - start };
}

const certificates = await repeat(async (at) => {
  const request = requests[at];
  if (request === undefined) return false;
  const outcome = await issue(station, request);
  if (!outcome.ok) throw new Error(outcome.message);
  return true;
}, job.milliseconds);
const signatures = await repeat(
  async () => (await ca.signer.sign(tbs)).length > 0,
  job.milliseconds / 2,
);
const counted: WorkerCount = {
  certificates: certificates.count,
  certificatesMs: certificates.ms,
  signatures: signatures.count,
  signaturesMs: signatures.ms,
};
process.stdout.write(`${JSON.stringify(counted)}\n`);
process.stdin.destroy();
