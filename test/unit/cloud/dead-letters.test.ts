import { describe, expect, it } from 'vitest';
import type { HandlerState } from '../../../cloud-stub/rows.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import {
  type CloudWorld,
  createCloudWorld,
  epoch,
  missionDocument,
  readAll,
  robot,
} from '../../support/cloud-world.ts';

const report = `robots/${robot}/up/missions/report`;
const accepted = `robots/${robot}/down/missions/report/accepted`;
const list = (n: number) => ({
  v: 1,
  reports: [missionDocument({ missionId: `${epoch}-${n}`, ended: true })],
});
const set = (world: CloudWorld, state: HandlerState) =>
  operatorOf(world.cloud).switchHandler('missions/report', state, world.nowMs);
const deadLettered = (world: CloudWorld) =>
  world.store.list('dead_letters').map(({ value }) => value);
const missions = (world: CloudWorld) =>
  world.store.list('missions').map(({ value }) => value.missionId);
const archived = (world: CloudWorld) =>
  world.store.list('archive_outbox').map(({ value }) => JSON.parse(value.payload) as unknown);
const keyOf = (n: number) => ({ missionId: `${epoch}-${n}` });

describe('a handler that fails', () => {
  it('leaves the message as a dead letter, unconfirmed, and nothing else', () => {
    const world = createCloudWorld();
    set(world, 'failing');
    for (let i = 0; i < 2; i++) expect(world.send(report, list(1))).toEqual([]);
    world.send(report, list(2));
    expect([missions(world), archived(world)]).toEqual([[], []]);
    expect(deadLettered(world)).toMatchObject([
      { seq: 1, topic: report, tries: 2, error: expect.stringContaining('failing') },
      { seq: 2, tries: 1 },
    ]);
  });

  it('is retried by each redrive until it succeeds, and is then confirmed', () => {
    const world = createCloudWorld();
    set(world, 'failing');
    for (const n of [1, 2]) world.send(report, list(n));
    expect(operatorOf(world.cloud).redrive(world.nowMs)).toMatchObject({ tried: 2, done: 0 });
    expect(deadLettered(world)).toMatchObject([{ tries: 2 }, { tries: 2 }]);
    set(world, 'up');
    expect(world.cloud.tick(world.nowMs)).toEqual([]);
    const { tried, done, outbound } = operatorOf(world.cloud).redrive(world.nowMs);
    expect([tried, done]).toEqual([2, 2]);
    expect(readAll(outbound)).toMatchObject([
      [accepted, { accepted: [keyOf(1)] }],
      [accepted, { accepted: [keyOf(2)] }],
    ]);
    expect(missions(world)).toEqual([`${epoch}-1`, `${epoch}-2`]);
    expect([archived(world), deadLettered(world)]).toEqual([[list(1), list(2)], []]);
    expect(operatorOf(world.cloud).redrive(world.nowMs)).toMatchObject({ tried: 0, done: 0 });
  });

  it('stores a bounded number of dead letters for one robot', () => {
    const world = createCloudWorld();
    set(world, 'failing');
    for (let n = 1; n <= 120; n++) world.send(report, list(n));
    world.send('robots/R2/up/missions/report', list(1), 'R2');
    const of = (name: string) => deadLettered(world).filter((row) => row.robot === name).length;
    expect([of(robot), of('R2')]).toEqual([100, 1]);
  });
});

describe('a handler that is down', () => {
  it('keeps a backlog, and handles it in order when it is up again', () => {
    const world = createCloudWorld();
    set(world, 'down');
    for (const n of [3, 1, 3, 2]) expect(world.send(report, list(n))).toEqual([]);
    world.send(report, '{');
    expect(world.store.list('refusals')).toMatchObject([{ key: `${robot}/not-json` }]);
    expect(operatorOf(world.cloud).redrive(world.nowMs)).toMatchObject({ tried: 0 });
    expect(world.cloud.tick(world.nowMs)).toEqual([]);
    expect(missions(world)).toEqual([]);
    set(world, 'up');
    const answers = readAll(world.cloud.tick(world.nowMs + 1));
    expect(answers).toMatchObject([3, 1, 2].map((n) => [accepted, { accepted: [keyOf(n)] }]));
    expect(archived(world)).toEqual([list(3), list(1), list(2)]);
    expect(deadLettered(world)).toEqual([]);
  });

  it('delays no other handler', () => {
    const world = createCloudWorld();
    operatorOf(world.cloud).switchHandler('commands/outcome', 'down', world.nowMs);
    expect(world.send(report, list(1))).toHaveLength(1);
    world.send(`robots/${robot}/up/commands/outcome`, { v: 1 });
    world.send(`robots/${robot}/up/time`, { v: 1, token: 't' });
    expect(deadLettered(world).map(({ topic }) => topic)).toEqual([
      `robots/${robot}/up/commands/outcome`,
    ]);
  });

  it('makes a dead letter of a message that fails later', () => {
    const world = createCloudWorld();
    set(world, 'down');
    world.send(report, list(1));
    set(world, 'failing');
    world.cloud.tick(world.nowMs + 1);
    world.cloud.tick(world.nowMs + 2);
    expect(deadLettered(world)).toMatchObject([{ tries: 1, error: expect.anything() }]);
  });
});
