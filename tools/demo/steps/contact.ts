import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextIfThere } from '../../../base/files.ts';
import type { Slot } from '../../../hal/boot-control.ts';
import { type AgentStatus, agentStatus } from '../board.ts';
import { buildImage, ensureSigningKey } from '../firmware.ts';
import { until, wrong } from '../watch.ts';
import { type World, writeAgentConfig } from '../world.ts';
import type { CloudUp } from './cloud.ts';
import type { Identity } from './identity.ts';

export interface Contact {
  readonly facts: {
    readonly slot: string;
    readonly version: string;
    /** Whether the cloud rejected the first connection, as it does with an unknown certificate. */
    readonly firstRefused: boolean;
    readonly registeredMs: number | null;
  };
}

/**
 * Switches the board on, which starts the agent from its slot. The cloud rejects the unknown certificate once,
 * registers it, and accepts the next attempt: from then on the robot is in the registry.
 */
export async function firstContact(
  world: World,
  { identity, cloud }: { identity: Identity; cloud: CloudUp },
): Promise<Contact> {
  const { screen, signal, robot } = world;
  const { operator, ready } = cloud;
  const { host, port } = ready.mqtt;
  await writeAgentConfig(world, { host, port, ca: ready.serverCa });
  await flashFirst(world);
  const slot = await switchOn(world);

  const { certificateId } = identity;
  const firstRefused = !cloud.knowsCertificate;
  if (firstRefused) {
    await until(
      { expected: 'the unknown certificate to be refused and registered', timeoutS: 30, signal },
      async () => ((await wasRefused(world, certificateId)) ? true : undefined),
    );
    screen.say(
      'cloud',
      'first contact refused, as it should be: certificate unknown, PENDING_ACTIVATION',
    );
  }
  await until({ expected: 'the certificate to be ACTIVE', timeoutS: 20, signal }, async () =>
    (await operator.certificates()).find(
      (one) => one.certificateId === certificateId && one.status === 'ACTIVE',
    ),
  );
  screen.say('cloud', `certificate ${certificateId.slice(0, 16)}… is ACTIVE`);
  const known = await until({ expected: `${robot} to connect`, timeoutS: 30, signal }, async () =>
    (await operator.status()).robots.find(
      (one) => one.robot === robot && one.presence?.state === 'connected',
    ),
  );
  screen.say('registry', `${robot}, connected with that certificate`);
  const { version, link } = await agentStatus(world);
  const before = beforeText(link, firstRefused);
  screen.say('agent', `version ${version} from slot ${slot}: link ${link.state}${before}`);
  return {
    facts: {
      slot,
      version,
      firstRefused,
      registeredMs: known.registeredMs,
    },
  };
}

/** How the previous connection ended; at the registration it has to end, which is no fault. */
export function beforeText({ last }: AgentStatus['link'], isRegistration: boolean): string {
  if (last === null) return '';
  if (isRegistration && last.kind === 'closed-early') {
    return '; the first connection was closed by the cloud to register the robot (just in time)';
  }
  return `, before that: ${last.detail}`;
}

/** A new board gets its first image from the factory; later ones come through the agent. */
async function flashFirst(world: World): Promise<void> {
  const { places, options, processes, programs, screen } = world;
  await ensureSigningKey(world);
  const boot = await readTextIfThere(join(places.board, 'boot.json'));
  const { slots } = JSON.parse(boot ?? '{ "slots": {} }') as { slots: Record<string, Slot> };
  if (Object.values(slots).some(({ state }) => state === 'good')) return;
  const image = options.agent ?? (await buildImage(world, { version: '1.0.0' })).path;
  const args = ['flash', '--dir', places.board, '--image', image, '--slot', 'a'];
  await processes.run(programs.simBoard, args);
  const what = options.agent === undefined ? 'the agent 1.0.0' : 'the packaged agent';
  screen.say('factory', `flashed ${what} into slot a`);
}

/** Returns the slot that the board has booted. */
async function switchOn({ options, places, processes, programs, screen }: World): Promise<string> {
  const { map, seed, speed } = options;
  const args = [
    'run',
    '--dir',
    places.board,
    '--agent-config',
    places.config,
    '--until-stdin-ends',
  ];
  const body = ['--speed', `${speed}`, '--seed', `${seed}`, ...(map ? ['--map', map] : [])];
  const { booted } = await processes.serve(programs.simBoard, [...args, ...body]);
  if (typeof booted !== 'string') throw wrong('a slot that boots', 'none');
  screen.say('board', `booted slot ${booted}; the body's clock runs ${speed} times as fast`);
  return booted;
}

/** Whether the cloud's log of this demo has a connection that was rejected for its pending certificate. */
async function wasRefused({ places }: World, certificateId: string): Promise<boolean> {
  const log = await readFile(join(places.logs, 'cloud-stub.log'), 'utf8');
  return log.split('\n').some((line) => {
    if (!line.includes(certificateId)) return false;
    const { code, level } = JSON.parse(line) as { code?: string; level: string };
    return code === 'pending' && level === 'warn';
  });
}
