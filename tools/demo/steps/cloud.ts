import { systemClock } from '../../../base/clock.ts';
import { connectOperator, type OperatorClient } from '../../../cloud-stub/operator-client.ts';
import type { MeterRow } from '../../../cloud-stub/rows.ts';
import type { Ready } from '../../../cloud-stub/running.ts';
import { emptyMeter } from '../../../cloud-stub/services/meter.ts';
import { wrong } from '../watch.ts';
import { countText } from '../words.ts';
import type { World } from '../world.ts';
import type { Identity } from './identity.ts';

/** The running cloud, and the operator's client for it. */
export interface CloudUp {
  readonly ready: Ready;
  readonly operator: OperatorClient;
  /** Whether the cloud has accepted the robot's certificate in an earlier demo. */
  readonly knowsCertificate: boolean;
  /** The robot's meter at the start of the demo. */
  readonly meter: MeterRow;
  readonly facts: {
    readonly mqtt: { readonly host: string; readonly port: number };
    readonly https: string;
    readonly serverCa: string;
    readonly robotsKnown: number;
  };
}

/**
 * Starts the cloud stub as its own process, on free ports. It knows the factory's CA, and no robot that has never
 * connected.
 */
export async function startCloud(world: World, identity: Identity): Promise<CloudUp> {
  const { places, processes, programs, screen } = world;
  const ca = `${places.factory}/ca.crt`;
  const args = ['serve', '--dir', places.cloud, '--ca', ca, '--until-stdin-ends'];
  const ready = (await processes.serve(programs.cloudStub, args)) as unknown as Ready;
  const { mqtt, https, serverCa } = ready;
  const operator = await connectOperator(ready, systemClock);
  screen.say('mqtt', `${mqtt.host}:${mqtt.port}, TLS with certificates on both sides`);
  screen.say('https', `${https.url}, object store and operator API`);
  const { robots } = await operator.status();
  const certificates = await operator.certificates();
  screen.say(
    'registry',
    `${countText(robots.length, 'robot')}, ${countText(certificates.length, 'certificate')}; trusts what the factory's CA has signed`,
  );
  const knowsCertificate = certificates.some(
    ({ certificateId }) => certificateId === identity.certificateId,
  );
  if (identity.facts.isNew && knowsCertificate)
    throw wrong('a cloud without the new certificate', 'it there');
  const meter = (await operator.meters())[world.robot] ?? emptyMeter();
  return {
    ready,
    operator,
    knowsCertificate,
    meter,
    facts: { mqtt, https: https.url, serverCa, robotsKnown: robots.length },
  };
}
