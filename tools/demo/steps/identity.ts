import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { certificateId } from '../../../base/x509/certificates.ts';
import { fileExists, type World, writeAgentConfig } from '../world.ts';

export interface Identity {
  readonly certificateId: string;
  readonly facts: {
    readonly robot: string;
    readonly certificateId: string;
    /** False when the robot has had it since an earlier demo. */
    readonly isNew: boolean;
  };
}

/**
 * The factory makes its CA; the robot makes its key and a request; the factory signs; the robot stores the certificate.
 * The key stays in the robot's folder: only the request and the certificate travel.
 */
export async function giveIdentity(world: World): Promise<Identity> {
  const { places, processes, programs, robot, screen } = world;
  const { factory, pilotfish } = programs;
  const shown = (path: string) => relative(places.dir, path);
  const output = await processes.run(factory, ['init', '--dir', places.factory]);
  screen.say('factory', `${output.includes('already') ? 'its' : 'made its'} CA: factory/ca.crt`);

  // The cloud's address is not known yet, and not needed for an identity.
  const ca = join(places.cloud, 'server-ca.crt');
  await writeAgentConfig(world, { host: 'localhost', port: 8883, ca });
  const chain = join(places.robot, 'identity', 'current', 'chain.pem');
  const isNew = !(await fileExists(chain));
  if (isNew) {
    const provision = ['provision', '--config', places.config, '--json'];
    const request = JSON.parse(await processes.run(pilotfish, provision)) as { csr: string };
    screen.say('robot', `made its key, which stays here, and ${shown(request.csr)}`);
    const out = join(places.robot, `${robot}.pem`);
    const sign = ['sign', '--dir', places.factory, '--csr', request.csr, '--serial', robot];
    await processes.run(factory, [...sign, '--out', out]);
    screen.say('factory', `signed it: ${shown(out)}`);
    await processes.run(pilotfish, [...provision, '--certificate', out]);
  }
  const certificate = new X509Certificate(await readFile(chain));
  const id = certificateId(certificate);
  const until = certificate.validToDate.toISOString().slice(0, 10);
  const has = isNew ? 'took' : 'keeps from an earlier demo';
  screen.say('robot', `${has} certificate ${id.slice(0, 16)}… for ${robot}, valid to ${until}`);
  return { certificateId: id, facts: { robot, certificateId: id, isNew } };
}
