import { describe, expect, it } from 'vitest';
import { operatorOf } from '../../support/cloud-operator.ts';
import {
  type CloudWorld,
  createCloudWorld,
  readAll,
  robot,
  startMs,
} from '../../support/cloud-world.ts';

const down = `robots/${robot}/down/commands`;
const up = `robots/${robot}/up/commands/outcome`;
const at = { wallMs: 1, quality: 'synced', boot: 1, monoMs: 1 };
const outcome = (word: string, more: object = {}) => ({
  v: 1,
  id: 'c1',
  outcome: word,
  at,
  ...more,
});

const order = (world: CloudWorld, lifeMs = 600_000, id = 'c1') =>
  operatorOf(world.cloud).sendCommand(
    { robot, command: 'start', expiresMs: world.nowMs + lifeMs, id },
    world.nowMs,
  );
const rowOf = (world: CloudWorld) => world.store.get('commands', `${robot}/c1`);

/** When the command is sent, in seconds after now, with a tick each second. */
function sendsOver(world: CloudWorld, seconds: number): number[] {
  const sends: number[] = [];
  for (let s = 1; s <= seconds; s++) {
    world.nowMs += 1000;
    const sent = readAll(world.cloud.tick(world.nowMs));
    expect(sent.every(([topic]) => topic === down)).toBe(true);
    sends.push(...sent.map(() => s));
  }
  return sends;
}

describe('a command', () => {
  it('is sent at once to a connected robot, then with growing delays', () => {
    const world = createCloudWorld();
    world.enter(robot);
    const sent = order(world);
    expect(sent.ok && readAll(sent.outbound)).toEqual([
      [
        down,
        {
          ...{ v: 1, id: 'c1', command: 'start', initiator: 'cloud' },
          ...{ issuedMs: startMs, expiresMs: startMs + 600_000 },
        },
      ],
    ]);
    expect(sendsOver(world, 300)).toEqual([5, 15, 35, 75, 135, 195, 255]);
  });

  it('is queued for a disconnected robot, and sent when its connection is stable', () => {
    const world = createCloudWorld();
    const sent = order(world);
    expect(sent.ok && sent.outbound).toEqual([]);
    expect(sendsOver(world, 100)).toEqual([]);
    world.enter(robot);
    expect(sendsOver(world, 20)).toEqual([1, 6, 16]);
    world.cloud.disconnected(robot, { reason: 'CONNECTION_LOST' }, world.nowMs);
    expect(sendsOver(world, 100)).toEqual([]);
    world.enter(robot);
    expect(sendsOver(world, 20)).toEqual([1, 6, 16]);
  });

  it.each(['done', 'refused', 'expired', 'unknown-outcome'])(
    'ends with the outcome %s, once',
    (word) => {
      const world = createCloudWorld();
      world.enter(robot);
      order(world);
      const first = outcome(word, { reason: 'busy' });
      world.send(up, first);
      const outcomeMs = world.nowMs;
      expect(sendsOver(world, 100)).toEqual([]);
      world.send(up, outcome('done'));
      expect(rowOf(world)).toMatchObject({ status: word, outcome: first, outcomeMs });
    },
  );

  it('expires in time, and a later outcome is still recorded', () => {
    const world = createCloudWorld();
    world.enter(robot);
    order(world, 30_000);
    expect(sendsOver(world, 100)).toEqual([5, 15]);
    expect(rowOf(world)?.status).toBe('lapsed');
    world.send(up, outcome('done'));
    expect(rowOf(world)?.status).toBe('done');
  });

  it('is the older one when the id is the same', () => {
    const world = createCloudWorld();
    world.enter(robot);
    order(world);
    world.send(up, outcome('done'));
    expect(order(world, 1)).toMatchObject({
      ok: true,
      value: { status: 'done' },
      outbound: [],
    });
  });

  it('gets an id of its own when it has none', () => {
    const world = createCloudWorld();
    const request = { robot, command: 'dock', expiresMs: world.nowMs + 1 } as const;
    const ids = [1, 2].map(() => {
      const result = operatorOf(world.cloud).sendCommand(request, world.nowMs);
      return result.ok && result.value.command.id;
    });
    expect(new Set(ids).size).toBe(2);
  });

  it.each([
    ['robot', { robot: 'a/b' }],
    ['word', { command: 'fly' as 'dock' }],
    ['id', { id: 'a b' }],
    ['expiry', { expiresMs: -1 }],
  ])('with an invalid %s is rejected', (_name, change) => {
    const world = createCloudWorld();
    const request = { robot, command: 'dock', expiresMs: world.nowMs + 1, ...change } as const;
    expect(operatorOf(world.cloud).sendCommand(request, world.nowMs)).toMatchObject({
      ok: false,
      code: 'InvalidRequest',
    });
    expect(world.store.list('commands')).toEqual([]);
  });

  it('is rejected when its lifetime is over an hour', () => {
    const world = createCloudWorld();
    expect(order(world, 3_600_001)).toMatchObject({ ok: false, code: 'InvalidRequest' });
    expect(order(world, 3_600_000)).toMatchObject({ ok: true });
  });

  it("is rejected above the bound of its robot, unlike stop, dock and other robots' commands", () => {
    const world = createCloudWorld();
    const send = (id: string, command: 'locate' | 'stop', to = robot) =>
      operatorOf(world.cloud).sendCommand(
        { robot: to, command, expiresMs: world.nowMs + 60_000, id },
        world.nowMs,
      );
    const results = Array.from({ length: 10_000 }, (_, i) => send(`b${i}`, 'locate'));
    expect(results.filter(({ ok }) => ok)).toHaveLength(64);
    expect(results.at(-1)).toMatchObject({ code: 'LimitExceeded' });
    expect(send('s', 'stop')).toMatchObject({ ok: true });
    expect(send('x', 'locate', 'R2')).toMatchObject({ ok: true });
    expect(send('b0', 'locate')).toMatchObject({ ok: true });
    world.nowMs += 61_000;
    expect(send('later', 'locate')).toMatchObject({ ok: true });
  });

  it('is not sent again after a later stop that supersedes it', () => {
    const world = createCloudWorld();
    world.enter(robot);
    order(world);
    const expiresMs = world.nowMs + 60_000;
    const stop = { robot, command: 'stop', expiresMs, id: 's' } as const;
    operatorOf(world.cloud).sendCommand(stop, world.nowMs);
    expect(rowOf(world)).toMatchObject({ status: 'lapsed', reason: 'superseded' });
    world.nowMs += 6000;
    const sent = readAll(world.cloud.tick(world.nowMs)).map(([, body]) => body);
    expect(sent).toMatchObject([{ id: 's' }]);
    world.send(up, outcome('done'));
    expect(rowOf(world)).toMatchObject({ status: 'done' });
  });

  it('is issued after every earlier one of its robot, even when the clock is set back', () => {
    const world = createCloudWorld();
    const issue = (id: string, to = robot) => {
      const expiresMs = world.nowMs + 60_000;
      const request = { robot: to, command: 'locate', expiresMs, id } as const;
      const result = operatorOf(world.cloud).sendCommand(request, world.nowMs);
      return result.ok && result.value.command.issuedMs - startMs;
    };
    expect([issue('a'), issue('b'), issue('a')]).toEqual([0, 1, 0]);
    world.nowMs += 1000;
    expect(issue('c')).toBe(1000);
    world.nowMs -= 5000;
    expect([issue('d'), issue('e'), issue('x', 'R2')]).toEqual([1001, 1002, -4000]);
  });

  it('records its outcome and shortens a long reason', () => {
    const world = createCloudWorld();
    world.enter(robot);
    order(world);
    world.send(up, outcome('refused', { reason: 'x'.repeat(500) }));
    expect(rowOf(world)).toMatchObject({ status: 'refused', outcome: { reason: 'x'.repeat(80) } });
  });

  it('is not changed by an outcome from another robot', () => {
    const world = createCloudWorld();
    order(world);
    expect(world.send('robots/R2/up/commands/outcome', outcome('done'), 'R2')).toEqual([]);
    expect(rowOf(world)?.status).toBe('sent');
    expect(world.store.get('refusals', 'R2/expired')?.count).toBe(1);
  });
});
