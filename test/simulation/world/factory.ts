import { randomBytes } from 'node:crypto';
import { createIdentity } from '../../../agent/io/identity.ts';
import { keySigner } from '../../../base/x509/algorithms.ts';
import {
  dayMs,
  type KeyAndCertificate,
  makeCa,
  makeDeviceCertificate,
} from '../../../base/x509/authority.ts';
import { makeCsr } from '../../../base/x509/csr.ts';
import { readCsr } from '../../../base/x509/read-csr.ts';
import { type RenewalCa, renewalCa } from '../../../cloud-stub/renewal-ca.ts';
import { worldFiles } from './file-system.ts';
import { WorldFiles } from './files.ts';
import { worldKeys } from './keys.ts';

export const identityFolder = 'identity';

/** How long the first certificate is valid before and after the start of the world. */
export interface FirstCertificate {
  readonly pastMs: number;
  readonly leftMs: number;
}

const usual: FirstCertificate = { pastMs: 150 * dayMs, leftMs: 3500 * dayMs };
const caFromMs = Date.UTC(2025, 0, 1);

/**
 * CAs and provisioned robots are made once and shared by every world of this process: no outcome depends on their bits.
 */
const cas = new Map<string, Promise<KeyAndCertificate>>();
const robots = new Map<string, Promise<WorldFiles>>();

/** A CA as the cloud uses it for renewals. */
export async function worldCa(commonName: string): Promise<RenewalCa> {
  const { certificatePem, privateKey } = await caNamed(commonName);
  return renewalCa({ certificatePem, signer: keySigner(privateKey), random: randomBytes });
}

/** The files of a robot fresh from the factory. The CA `CA` signs its certificate and renewals. */
export async function provisionedFiles(
  robot: string,
  startMs: number,
  life: FirstCertificate = usual,
): Promise<WorldFiles> {
  const name = JSON.stringify([robot, startMs, life.pastMs, life.leftMs]);
  return (await once(robots, name, () => provision(robot, startMs, life))).copy();
}

async function provision(
  robot: string,
  startMs: number,
  { pastMs, leftMs }: FirstCertificate,
): Promise<WorldFiles> {
  const medium = new WorldFiles();
  const files = worldFiles(medium);
  const keys = worldKeys(files, () => 0);
  const identity = createIdentity({ files, folder: identityFolder, robot, keys, makeCsr });
  const { csr } = await identity.request('new', new AbortController().signal);
  const read = readCsr(csr);
  if (!read.ok) throw new Error(read.message);
  const { certificatePem: issuer, privateKey } = await caNamed('CA');
  // A certificate issued now is valid since yesterday.
  const leaf = await makeDeviceCertificate({
    ...{ commonName: robot, publicKey: read.csr.publicKey, issuer, signer: keySigner(privateKey) },
    ...{ nowMs: startMs - pastMs + dayMs, lifeMs: pastMs + leftMs - dayMs, random: randomBytes },
  });
  await identity.install(leaf + issuer);
  return medium;
}

const caNamed = (commonName: string): Promise<KeyAndCertificate> =>
  once(cas, commonName, () => makeCa({ commonName, nowMs: caFromMs, random: randomBytes }));

function once<T>(known: Map<string, Promise<T>>, name: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(name) ?? make();
  known.set(name, found);
  return found;
}
