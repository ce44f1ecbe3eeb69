import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileDurable, makeFolder } from '../base/files.ts';
import { dayMs } from '../base/x509/authority.ts';
import { makeCrl, type Revoked } from '../base/x509/crl.ts';
import { type Ca, checkClock } from './ca.ts';
import type { Revocations } from './revocations.ts';

/** Without this, a broker whose clock is a little behind would take the list for a future one and refuse all robots. */
const backdatedMs = 60 * 60 * 1000;

/** A number is taken by making a file of that name; this many of the last files are kept. */
const numbersKept = 16;

/**
 * The next revocation list of the CA, as PEM, valid for `days`. Its number is taken before the revocations are read: of
 * two lists made at the same time, the higher one has all entries of the lower one.
 *
 * Throws `clock-wrong`, `journal-corrupt`, and what the file system and the signer throw.
 */
export async function nextCrl(
  station: { ca: Ca; revocations: Revocations; folder: string; nowMs: number },
  days: number,
): Promise<{ pem: string; number: bigint; count: number; nextUpdateMs: number }> {
  const { ca, revocations, folder, nowMs } = station;
  checkClock(ca, nowMs);
  const number = await takeNumber(join(folder, 'crls'), BigInt(Math.floor(nowMs / 1000)));
  const revoked: Revoked[] = [];
  for await (const { certificates, reason, revokedMs } of revocations.all()) {
    for (const { serialNumber } of certificates) {
      revoked.push({ serial: Buffer.from(serialNumber, 'hex'), reason, revokedMs });
    }
  }
  const nextUpdateMs = nowMs + days * dayMs;
  const pem = await makeCrl({
    issuer: ca.certificatePem,
    signer: ca.signer,
    number,
    thisUpdateMs: nowMs - backdatedMs,
    nextUpdateMs,
    revoked,
  });
  return { pem, number, count: revoked.length, nextUpdateMs };
}

/**
 * Takes a number higher than all before, durably and safely against other processes. It is at least `floor`, seconds
 * since 1970, so it still increases when the folder was restored from an old copy.
 */
async function takeNumber(folder: string, floor: bigint): Promise<bigint> {
  await makeFolder(folder);
  for (;;) {
    const taken = await numbersIn(folder);
    const last = taken.at(-1) ?? 0n;
    const number = last >= floor ? last + 1n : floor;
    if (!(await createFileDurable(join(folder, `${number}`), ''))) continue;
    for (const old of taken.slice(0, -numbersKept))
      await rm(join(folder, `${old}`), { force: true });
    return number;
  }
}

async function numbersIn(folder: string): Promise<bigint[]> {
  const names = (await readdir(folder)).filter((name) => /^[1-9]\d{0,30}$/.test(name));
  return names.map(BigInt).sort((a, b) => (a < b ? -1 : 1));
}
