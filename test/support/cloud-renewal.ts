import { createHash, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { silentLog } from '../../base/log.ts';
import { makeCa } from '../../base/x509/authority.ts';
import { makeCsr } from '../../base/x509/csr.ts';
import { generateKeys } from '../../base/x509/keys.ts';
import { type RenewalCa, renewalCa } from '../../cloud-stub/renewal-ca.ts';
import { createTasks } from '../../cloud-stub/tasks.ts';
import type { RobotClient } from './cloud-client.ts';
import type { Identity } from './cloud-pki.ts';
import { type CloudWorld, createCloudWorld, readAll, type Sent, startMs } from './cloud-world.ts';

/** The robot's side of a renewal, without the agent. */

export const createTopic = '$aws/certificates/create-from-csr/json';
export const registerTopic = '$aws/provisioning-templates/pilotfish/provision/json';

export interface KeyAndRequest {
  readonly name: string;
  /** PEM. */
  readonly key: string;
  readonly csr: string;
}

/** A new key and the request for it. */
export async function makeRequest(name: string): Promise<KeyAndRequest> {
  const { privateKey, publicKey } = await generateKeys('ec-p256');
  const csr = await makeCsr({
    subjectCommonName: name,
    publicKey,
    sign: async (tbs) => sign('sha256', tbs, privateKey),
  });
  return { name, key: pemOf(privateKey), csr };
}

const pemOf = (key: KeyObject): string => String(key.export({ type: 'pkcs8', format: 'pem' }));

/** Requests a certificate and registers it, over a live connection; returns the new identity. */
export async function renew(
  robot: RobotClient,
  name: string,
  template = 'pilotfish',
): Promise<Identity> {
  const registerAt = registerTopic.replace('pilotfish', template);
  const requested = await makeRequest(name);
  robot.publish(createTopic, { certificateSigningRequest: requested.csr });
  const created = (await robot.next(`${createTopic}/accepted`)) as {
    certificateOwnershipToken: string;
    certificateId: string;
    certificatePem: string;
  };
  robot.publish(registerAt, {
    certificateOwnershipToken: created.certificateOwnershipToken,
    parameters: { SerialNumber: name },
  });
  await robot.next(`${registerAt}/accepted`);
  const { certificatePem: cert, certificateId } = created;
  return { name, key: requested.key, cert, certificateId };
}

export interface RenewalWorld extends CloudWorld {
  readonly ca: RenewalCa;
  /** The robots whose connection was to be dropped. */
  readonly dropped: string[];
  tick(): void;
  /** Publishes as a robot and waits until all signing is done; returns everything that was sent. */
  request(topic: string, body: unknown, robot?: string): Promise<Sent[]>;
}

/** The cloud's services in memory with a renewal CA; signing happens as the adapters do it. */
export async function createRenewalWorld(
  change: Parameters<typeof createCloudWorld>[0] = {},
): Promise<RenewalWorld> {
  const { privateKey, certificatePem } = await makeCa({
    commonName: 'Renewal CA',
    nowMs: startMs,
    random: randomBytes,
  });
  const signer = {
    algorithm: 'ecdsa-sha256',
    sign: async (tbs: Uint8Array) => sign('sha256', tbs, privateKey),
  } as const;
  const ca = renewalCa({ certificatePem, signer, random: randomBytes });
  const world = createCloudWorld({ renewalCaId: ca.certificateId, ...change });
  const sent: Sent[] = [];
  const dropped: string[] = [];
  const doTasks = createTasks({
    cloud: world.cloud,
    renewal: ca,
    clock: { wallMs: () => world.nowMs },
    log: silentLog,
    drop: (name) => void dropped.push(name),
    changeTrust: () => {},
    send: (outbound) => void sent.push(...readAll(outbound)),
  });
  return Object.assign(world, {
    ca,
    dropped,
    tick() {
      sent.push(...readAll(world.cloud.tick(world.nowMs)));
      doTasks();
    },
    async request(topic: string, body: unknown, robot?: string) {
      sent.push(...world.send(topic, body, robot));
      doTasks();
      // Signing here is a chain of promises without any waiting in it.
      await new Promise((resolve) => setImmediate(resolve));
      return sent.splice(0);
    },
  });
}

/** SHA-256 of a certificate's DER, computed independently. */
export const idOf = (pem: string): string =>
  createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
