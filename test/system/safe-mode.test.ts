import { describe, expect, it } from 'vitest';
import {
  type CrashStatus,
  connected,
  crashedBefore,
  endSafeModeIn,
  poison,
  poisonStore,
  soundStore,
  startCrashingRobot,
} from '../support/agent-crashing.ts';
import { pilotfish } from '../support/agent-process.ts';
import { until } from '../support/cloud-until.ts';
import { folders } from '../support/pki-folder.ts';

// Real processes: the board's supervisor starts the agent again and again, and the robot is to stay within reach.

const folder = folders();
const isSafe = ({ safeMode }: CrashStatus) => safeMode !== undefined;
const isWhole = ({ safeMode }: CrashStatus) => safeMode === undefined;
const isUp = ({ link }: CrashStatus) => link.state === 'up';

describe('a machine that crashes at every start', () => {
  it('leaves the robot connected, is reported, and can be repaired over the air', async () => {
    await using robot = await startCrashingRobot(await folder(), poisonStore);
    const { world } = robot;
    const status = await robot.status((seen) => isSafe(seen) && isUp(seen));
    await connected(robot);
    expect(status).toMatchObject({
      boot: 4,
      quarantine: ['missions'],
      safeMode: { machine: 'missions', event: 'body/snapshot' },
    });
    expect(status).not.toHaveProperty('missions');
    expect(robot.stored('missions')).toEqual([]);
    expect(robot.stored('quarantine/missions')).toEqual([
      { ...poison, machine: 'quarantine/missions' },
    ]);
    const { out } = await pilotfish(['status', '--config', world.config]);
    expect(out.replaceAll(/\s+/g, ' ')).toMatch(
      /^SAFE MODE since 20.*, because missions crashed 3 times in five minutes \(body\/snapshot: .*off: missions, maps, commands, shadow;/,
    );
    // The log has the details for debugging; people get a line.
    const log = await robot.agentLog();
    const crashes = log.split('\n').filter((line) => line.includes('"code":"machine-crashed"'));
    expect(crashes).toHaveLength(3);
    expect(JSON.parse(crashes[0] ?? '')).toMatchObject({
      level: 'error',
      machine: 'missions',
      event: 'body/snapshot',
      stack: expect.stringContaining('\n    at '),
    });
    expect(log.split('\n').filter((line) => line.includes('"msg":"safe mode"'))).toHaveLength(1);

    await robot.offerUpdate();
    const repaired = await robot.status(({ version }) => version === '2.0.0');
    expect(isWhole(repaired)).toBe(true);
    expect(repaired.missions?.epoch).toMatch(/^[0-9a-f]{16}$/);
    await until(
      async () =>
        (await world.cloud.operator.execution(world.robot, 'repair')).status === 'SUCCEEDED',
      30_000,
    );
  });

  it('is put into quarantine once, and the next agent runs all machines', async () => {
    const dir = await folder();
    await using robot = await startCrashingRobot(dir, crashedBefore);
    const safe = await robot.status(isSafe);
    expect(safe).toMatchObject({ boot: 1, quarantine: ['missions'] });
    // Longer than the supervisor's backoff and a start: the next run begins in safe mode, too.
    await endSafeModeIn(dir, 10_000);
    const again = await robot.endAgent('SIGKILL');
    expect(again).toMatchObject({ boot: 2, safeMode: { machine: 'missions' } });
    const whole = await robot.status((seen) => isWhole(seen) && isUp(seen));
    expect(whole).toMatchObject({ boot: 3, quarantine: ['missions'] });
    expect(robot.stored('quarantine/missions')).toHaveLength(1);
    expect(robot.board.stderr()).toContain('the agent is started again: safe mode is over');
    expect(await robot.agentLog()).toContain('"code":"safe-mode-over"');
  });
});

describe('an agent that is killed', () => {
  it('three times quickly enters safe mode without a suspect, until the operator ends it', async () => {
    await using robot = await startCrashingRobot(await folder(), soundStore);
    const first = await robot.status(isUp);
    expect(await robot.endAgent('SIGKILL')).not.toHaveProperty('safeMode');
    expect(await robot.endAgent('SIGKILL')).not.toHaveProperty('safeMode');
    const safe = await robot.endAgent('SIGKILL');
    expect(safe).toMatchObject({
      safeMode: {
        machine: null,
        because: 'the agent crashed 3 times in five minutes; no machine can be named',
      },
    });
    expect(safe).not.toHaveProperty('quarantine');
    const { code, out } = await pilotfish(['exit-safe-mode', '--config', robot.world.config]);
    expect([code, out]).toEqual([0, expect.stringContaining('R1: the agent ends')]);
    const whole = await robot.status((seen) => isWhole(seen) && isUp(seen));
    expect(whole.missions).toEqual(first.missions);
    const refused = await pilotfish(['exit-safe-mode', '--config', robot.world.config]);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringMatching(/^pilotfish: the agent is not in safe mode \(not-in-safe-mode\)/),
    ]);
  });

  it('is not counted after a clean exit, which also forgives earlier kills', async () => {
    await using robot = await startCrashingRobot(await folder());
    await robot.status(isUp);
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGKILL', 'SIGKILL'] as const) {
      expect(await robot.endAgent(signal)).not.toHaveProperty('safeMode');
    }
    expect(await robot.starts()).toBe(5);
  });
});
