import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createIdentity } from '../../agent/io/identity.ts';
import { nodeFiles } from '../../base/files.ts';
import { keySigner } from '../../base/x509/algorithms.ts';
import { dayMs, makeDeviceCertificate } from '../../base/x509/authority.ts';
import { certificateId } from '../../base/x509/certificates.ts';
import { readKeyFile } from '../../base/x509/key-file.ts';
import { readCsr } from '../../base/x509/read-csr.ts';
import { fileKeys } from '../../hal/linux/file-key.ts';
import { filesOfIdentity } from './identity-folder.ts';
import type { RobotWorld } from './system-world.ts';

const folderOf = ({ places }: RobotWorld) => join(places.robot, 'identity');

/** Gives the robot a certificate of its factory of which four fifths are over; returns its id. Seen at the next start. */
export async function giveDueCertificate(world: RobotWorld): Promise<string> {
  const { places, robot } = world;
  const identity = createIdentity({
    ...{ files: nodeFiles, folder: folderOf(world), robot, keys: fileKeys('ec-p256') },
  });
  const read = readCsr((await identity.request('new', new AbortController().signal)).csr);
  if (!read.ok) throw new Error(read.message);
  const key = await readKeyFile(join(places.factory, 'private', 'ca.key'));
  const chain = await makeDeviceCertificate({
    commonName: robot,
    publicKey: read.csr.publicKey,
    issuer: await readFile(join(places.factory, 'ca.crt'), 'utf8'),
    signer: keySigner(key),
    nowMs: Date.now(),
    // It is good from a day before.
    lifeMs: dayMs / 4,
    random: randomBytes,
  });
  return (await identity.install(chain)).certificateId;
}

export interface Renewed {
  /** The outcome of the newest renewal in the robot's status. */
  readonly result: string;
  /** Of the certificate by which it is connected; it is the one in use. */
  readonly certificateId: string;
  /** The cloud's row of that certificate. */
  readonly status: string | undefined;
}

/** Resolves when the robot has ended a renewal and is connected with the credentials in use, whichever these are. */
export const renewalSettled = (world: RobotWorld): Promise<Renewed> =>
  world.until(
    'a renewal to have ended, and the robot to be connected',
    async () => {
      const { identity, link } = (await world.agentStatus()) as Status;
      if (identity?.state !== 'settled' || !identity.last || link?.state !== 'up') return undefined;
      if (isTriedAgain(identity)) return undefined;
      const used = await inUse(world);
      const { robots } = await world.cloud.operator.status();
      const presence = robots.find(({ robot }) => robot === world.robot)?.presence;
      if (presence?.state !== 'connected' || presence.certificateId !== used) return undefined;
      const [row] = await world.cloud.operator.certificates({ id: used });
      const status = row?.status;
      return { result: identity.last.result, certificateId: used, status };
    },
    60,
  );

/** After a crash before the registration there is another renewal at once, and this state is only between the two. */
const isTriedAgain = ({ last, failures }: Identity): boolean =>
  last?.result === 'not-registered' && failures === 1;

interface Identity {
  readonly state: string;
  readonly last: { readonly result: string } | null;
  readonly failures: number;
}

interface Status {
  readonly identity?: Identity;
  readonly link?: { readonly state: string };
}

async function inUse(world: RobotWorld): Promise<string> {
  const credentials = join(folderOf(world), 'current');
  const certificate = new X509Certificate(await readFile(join(credentials, 'chain.pem')));
  const key = createPrivateKey(await readFile(join(credentials, 'key.pem')));
  if (!certificate.checkPrivateKey(key))
    throw new Error('the key in use does not match its certificate');
  return certificateId(certificate);
}

/** The content of the robot's identity folder. */
export const identityFiles = (world: RobotWorld): Promise<string[]> =>
  filesOfIdentity(folderOf(world));
