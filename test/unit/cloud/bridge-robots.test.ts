import { describe, expect, it, vi } from 'vitest';
import type { Clock } from '../../../base/clock.ts';
import { silentLog } from '../../../base/log.ts';
import { createBridgeRobots } from '../../../cloud-stub/bridge-robots.ts';
import { createFaults } from '../../../cloud-stub/faults.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { bytesOf, createCloudWorld, missionDocument, startMs } from '../../support/cloud-world.ts';

const hourMs = 3_600_000;
const report = bytesOf({ v: 1, reports: [missionDocument({ ended: true })] });

/** The robots behind a broker, on a clock that the test moves. */
function behind() {
  const { cloud, store } = createCloudWorld();
  let nowMs = 1_800_000_000_000;
  const clock: Clock = { wallMs: () => nowMs, monoMs: () => nowMs, after: () => () => {} };
  const parts = { cloud, faults: createFaults(), clock, log: silentLog };
  const begin = () => createBridgeRobots(parts);
  const asksTime = bytesOf({ v: 1, token: 'a'.repeat(16) });
  return {
    cloud,
    store,
    begin,
    robots: begin(),
    asksTime,
    presence: (robot: string) => cloud.rows.get('presence', robot),
    pass(ms: number) {
      nowMs += ms;
    },
    /** Whether a new command would be sent at once. */
    isSent(robot: string) {
      const request = { robot, command: 'dock', expiresMs: nowMs + hourMs } as const;
      const taken = operatorOf(cloud).sendCommand(request, nowMs);
      return taken.ok && taken.outbound.length === 1;
    },
  };
}

describe('a robot behind an outside broker', () => {
  it('becomes a thing with its first message, and counts as connected for 40 hours without messages', () => {
    const { robots, asksTime, presence, pass, isSent, cloud } = behind();
    expect(isSent('R1')).toBe(false);
    robots.receive('robots/R1/up/time', asksTime);
    expect(cloud.rows.get('things', 'R1')).toBeDefined();
    pass(40 * hourMs);
    robots.lapse();
    expect([presence('R1')?.state, isSent('R1'), robots.count()]).toEqual(['connected', true, 1]);
    pass(1);
    robots.lapse();
    expect([presence('R1')?.state, isSent('R1'), robots.count()]).toEqual([
      'disconnected',
      false,
      0,
    ]);
    robots.receive('robots/R1/up/commands/outcome', bytesOf({}));
    expect(presence('R1')?.state).toBe('connected');
  });

  it('costs no write of the store for a request that only reads', () => {
    const { robots, store } = behind();
    robots.receive('$aws/things/R1/shadow/update', bytesOf({ state: { reported: { a: 1 } } }));
    const commit = vi.spyOn(store, 'commit');
    for (let n = 0; n < 99; n++) {
      expect(robots.receive('$aws/things/R1/shadow/get', new Uint8Array())).toHaveLength(1);
    }
    expect(commit.mock.calls.flatMap(([writes]) => writes)).toEqual([]);
  });

  it('restarts the timeout with each message', () => {
    const { robots, asksTime, presence, pass } = behind();
    robots.receive('robots/R1/up/time', asksTime);
    pass(30 * hourMs);
    robots.receive('robots/R1/up/nonsense', asksTime);
    pass(30 * hourMs);
    robots.lapse();
    expect(presence('R1')?.state).toBe('connected');
  });

  it('counts as a new connection only when it requests the time', () => {
    const { robots, asksTime, presence } = behind();
    robots.receive('robots/R1/up/missions/report', bytesOf({}));
    robots.receive('robots/R1/up/missions/report', bytesOf({}));
    expect(presence('R1')?.version).toBe(0);
    robots.receive('robots/R1/up/time', asksTime);
    expect(presence('R1')?.version).toBe(1);
  });

  it('is still connected for a stub that has started again', () => {
    const { robots, begin, asksTime, presence, pass } = behind();
    robots.receive('robots/R1/up/time', asksTime);
    const again = begin();
    expect(again.count()).toBe(1);
    pass(41 * hourMs);
    again.lapse();
    expect(presence('R1')?.state).toBe('disconnected');
  });

  it.each([
    'robots/R1/down/time',
    'robots/R1',
    'robots//up/time',
    'robots/R 1/up/time',
    'robots/R.1/up/time',
    `robots/${'x'.repeat(65)}/up/time`,
    'other/R1/up/time',
    '$aws/rules/r/robots/R1/up/time',
    '$aws/things',
    '$SYS/broker/version',
    '',
  ])('is not recognized on the topic "%s"', (topic) => {
    const { robots, asksTime, cloud } = behind();
    expect(robots.receive(topic, asksTime)).toEqual([]);
    expect(cloud.rows.list('things')).toEqual([]);
  });

  it('is ignored once decommissioned, even when it publishes', () => {
    const { robots, asksTime, presence, cloud, pass } = behind();
    robots.receive('robots/R1/up/time', asksTime);
    expect(operatorOf(cloud).decommission('R1', startMs)).toMatchObject({ ok: true });
    pass(2000);
    const answers = robots.receive('robots/R1/up/time', asksTime);
    expect(answers.filter(({ robot }) => robot !== undefined)).toEqual([]);
    expect(cloud.rows.get('things', 'R1')).toBeUndefined();
    expect(presence('R1')?.state).toBe('disconnected');
    robots.receive('robots/R1/up/missions/report', report);
    expect(cloud.rows.list('missions')).toEqual([]);

    expect(operatorOf(cloud).recommission('R1', startMs)).toMatchObject({ ok: true });
    robots.receive('robots/R1/up/missions/report', report);
    expect(cloud.rows.get('things', 'R1')).toBeDefined();
    expect(presence('R1')?.state).toBe('connected');
    expect(cloud.rows.list('missions')).toHaveLength(1);
  });

  it('is handled safely when hostile', () => {
    const { robots } = behind();
    for (const payload of [
      new Uint8Array(),
      bytesOf('[['),
      bytesOf('null'),
      Buffer.alloc(200_000),
    ]) {
      for (const tail of ['time', 'missions/report', 'maps/upload', 'commands/outcome', 'x/y/z']) {
        const outbound = robots.receive(`robots/R1/up/${tail}`, payload);
        expect(outbound.filter(({ robot }) => robot !== undefined)).toEqual([]);
      }
    }
  });
});
