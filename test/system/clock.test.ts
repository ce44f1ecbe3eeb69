import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commonName } from '../../base/x509/certificates.ts';
import { writeAgentConfig } from '../../tools/demo/world.ts';
import { buildAgentBundle } from '../../tools/firmware/bundle.ts';
import { startHostile, wellBehaved } from '../support/agent-hostile.ts';
import { clockMsIn } from '../support/board-clocks.ts';
import { mintCa } from '../support/cloud-pki.ts';
import { makeWorkbench, type Workbench } from '../support/system-workbench.ts';
import { type RobotWorld, startRobotWorld } from '../support/system-world.ts';

// Robots whose clock is wrong at power-on, in real processes under libfaketime, with the real checks of TLS.

const hourMs = 3_600_000;
const in1970 = '@1970-01-01 00:00:00\n';

let bench: Workbench;
let image = '';
/** Two hours before now: after every certificate's notBefore, and well behind the cloud's time. */
let builtMs = 0;
beforeAll(async () => {
  bench = await makeWorkbench();
  builtMs = Date.now() - 2 * hourMs;
  ({ path: image } = await buildAgentBundle({
    version: '1.0.0',
    builtMs,
    out: join(bench.folder, 'clock.cjs'),
  }));
});
afterAll(() => bench[Symbol.asyncDispose]());

/** The parts of the status about the clock. */
interface ClockStatus {
  readonly link: { readonly state: string };
  readonly connection: {
    readonly observation: { readonly kind: string; readonly code: string } | null;
    readonly diagnosis: string | null;
    readonly means: string | null;
  };
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly clock: Readonly<Record<string, unknown>>;
}

const startRobot = (
  clock: { start: string; locked?: boolean },
  more: { isStranded?: boolean } = {},
) => startRobotWorld({ ...bench, image, speed: 150, clock, ...more });

/** The status, when `isSo` is true of it. */
const status = (
  { until, agentStatus }: RobotWorld,
  expected: string,
  isSo: (status: ClockStatus) => boolean,
) =>
  until(expected, async () => {
    const now = (await agentStatus()) as unknown as Partial<ClockStatus>;
    return now.connection !== undefined && isSo(now as ClockStatus)
      ? (now as ClockStatus)
      : undefined;
  });

const isUp = ({ link }: ClockStatus) => link.state === 'up';
/** TLS failed, and the board has answered: it is polled again when a certificate is not yet valid. */
/** The evidence is of the last attempt, which may have ended before the board answered. */
const hasFailed = ({ connection, evidence }: ClockStatus) =>
  connection.observation !== null && evidence['clockRaised'] !== 'requested';

interface Waking {
  readonly clock: string;
  readonly floor: string;
  readonly from: string;
}

/** What the agents found when they woke, the oldest first. */
async function wakings({ places }: RobotWorld): Promise<Waking[]> {
  const lines = (await readFile(join(places.board, 'agent.log'), 'utf8')).split('\n');
  return lines
    .filter((line) => line.includes('the clock is below its floor'))
    .map((line) => JSON.parse(line) as Waking);
}

const agentClockMs = ({ places }: RobotWorld) => clockMsIn(join(places.board, 'clock'));

async function cutAndWake({ board }: RobotWorld): Promise<void> {
  await board.cutPower();
  await board.start();
}

/** The robot is up and has received the time: its board's clock has followed, and its floor, saved or not, has stayed. */
async function comesUpByItsFloor(world: RobotWorld): Promise<void> {
  await status(world, 'the robot to be up', isUp);
  // The build's time is two hours old: only the cloud's can have brought the board's clock so far.
  await world.until('the board’s clock to be right', async () =>
    Math.abs((await agentClockMs(world)) - Date.now()) < 60_000 ? true : undefined,
  );
  const reported = await status(
    world,
    'cloud time to be known, and the clock set by it',
    (now) => isUp(now) && now.evidence.clockQuality === 'synced' && now.clock.raise === 'done',
  );
  expect(reported.clock).toMatchObject({ saved: null, keptBy: 'agent' });
  expect(reported.evidence).toMatchObject({
    clockFloor: new Date(builtMs).toISOString(),
    clockFloorFrom: 'build',
  });
}

describe('a robot whose clock starts in 1970', () => {
  it('connects with the saved clock floor, also after a power cut, and does not save the cloud time as floor', async () => {
    await using world = await startRobot({ start: in1970 });
    await comesUpByItsFloor(world);
    const byBuild = {
      clock: expect.stringMatching(/^1970-01-01T00:0/),
      floor: new Date(builtMs).toISOString(),
      from: 'build',
    };
    expect(await wakings(world)).toMatchObject([byBuild]);

    await cutAndWake(world);
    await world.until('a second waking', async () =>
      (await wakings(world)).length > 1 ? true : undefined,
    );
    await comesUpByItsFloor(world);
    expect(await wakings(world)).toMatchObject([byBuild, byBuild]);
  });

  it('stays offline and reports the clock when the board rejects setting it', async () => {
    await using world = await startRobot({ start: in1970, locked: true }, { isStranded: true });
    const { connection, evidence } = await status(world, 'an attempt to fail', hasFailed);
    expect(connection).toMatchObject({
      observation: { kind: 'tls', code: 'CERT_NOT_YET_VALID' },
      diagnosis: 'clock-behind',
      means: expect.stringContaining('clock is behind'),
    });
    expect(evidence).toMatchObject({
      clock: expect.stringMatching(/^1970-01-01T00:0/),
      clockQuality: 'unset',
      clockFloor: new Date(builtMs).toISOString(),
      clockRaised: 'failed: refused',
      hasConnected: false,
    });
    expect((await world.cloud.operator.status()).robots).toEqual([]);
  });

  it.each([
    ['in 1970', true],
    ['after its clock was brought forward', false],
  ])('does not accept a CA of the same name, %s', async (_name, locked) => {
    await using world = await startRobot({ start: in1970, locked }, { isStranded: true });
    const { serverCa: ca, mqtt } = world.cloud.ready;
    await world.board.cutPower();
    const name = commonName(await readFile(ca, 'utf8'));
    await using impostor = await startHostile(await mintCa(name), wellBehaved);
    await writeAgentConfig(world, { host: mqtt.host, port: impostor.port, ca });
    await world.board.start();
    const { connection, evidence } = await status(world, 'an attempt to fail', hasFailed);
    expect(connection.observation?.kind).toBe('tls');
    // In 1970 every certificate is not yet valid, an impostor's too: that code proves nobody's identity.
    expect(connection.observation?.code === 'CERT_NOT_YET_VALID').toBe(locked);
    expect(evidence).toMatchObject({ clockRaised: locked ? 'failed: refused' : 'done' });
    expect(impostor.packets).toEqual([]);
  });
});

describe('a robot whose clock starts in 2040', () => {
  it('stays offline and reports the clock, because a floor only moves time forward', async () => {
    await using world = await startRobot({ start: '@2040-01-01 00:00:00\n' }, { isStranded: true });
    const { connection, evidence } = await status(world, 'an attempt to fail', hasFailed);
    expect(connection).toMatchObject({
      observation: { kind: 'tls', code: 'CERT_HAS_EXPIRED' },
      diagnosis: 'clock-ahead',
    });
    expect(evidence).toMatchObject({
      clock: expect.stringMatching(/^2040-01-01T00:0/),
      clockRaised: 'not-needed',
    });
  });
});
