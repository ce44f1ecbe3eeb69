import { describe, expect, it } from 'vitest';
import type { Step } from '../../../agent/kernel/machine.ts';
import { readMessage } from '../../../agent/link/inbound.ts';
import type { MissionsEffect } from '../../../agent/missions/effects.ts';
import type { MissionsState } from '../../../agent/missions/state.ts';
import type { Outbound } from '../../../cloud-stub/core/messages.ts';
import { linkUp, timer } from '../../support/agent-body.ts';
import { feed, later } from '../../support/agent-machine.ts';
import { entry, missions } from '../../support/agent-missions.ts';
import { bytesOf, createCloudWorld, epoch, robot } from '../../support/cloud-world.ts';

/** A cloud whose database was restored from a backup, and a robot for which the cloud has everything. */

const machine = missions();
const minuteMs = 60_000;
const id = (n: number) => `${epoch}-${n}`;

/** Both, and what lies between them; `deliver` hands over what one has messages to the other. */
function createWorlds() {
  const world = createCloudWorld({ gapRequestAfterMs: 10 * minuteMs });
  world.enter(robot);
  const row = { epoch, nextN: 8, open: null, known: [], dropped: 0 };
  const history = [1, 2, 3, 4, 5, 6].map((n) => entry(id(n), 'confirmed'));
  const saved = { row, items: new Map([...history, entry(id(7))]) };
  let state: MissionsState = machine.restore(saved, later(0));
  const publish = (step: Step<MissionsState, MissionsEffect>): Outbound[] => {
    state = step.state;
    return (step.effects ?? []).flatMap((effect) =>
      effect.type === 'publish'
        ? world.cloud.receive(
            { robot, topic: effect.topic, payload: bytesOf(effect.payload) },
            world.nowMs,
          )
        : [],
    );
  };
  const deliver = (messages: readonly Outbound[]): Outbound[] =>
    messages.flatMap(({ topic, payload }) => {
      const read = readMessage(robot, topic, payload);
      if (!read.ok || read.value === undefined) throw new Error('not for this robot');
      return publish(machine.step(state, read.value, later(world.nowMs)));
    });
  return {
    world,
    publish,
    deliver,
    drop(messages: readonly Outbound[]) {
      for (const { topic, payload } of messages) {
        const read = readMessage(robot, topic, payload);
        if (read.ok && read.value) state = machine.step(state, read.value, later(0)).state;
      }
    },
    advance(ms: number) {
      world.nowMs += ms;
      return world.cloud.tick(world.nowMs);
    },
    resend: () => publish(machine.step(state, timer('missions/resend'), later(world.nowMs))),
    up: () => publish(feed(machine, [linkUp], saved)),
    rows: () => world.store.list('missions').map(({ value }) => [value.missionId, value.status]),
    effectsAfterAll: () =>
      machine.step(state, timer('missions/resend'), later(world.nowMs)).effects,
  };
}

describe('a cloud that has lost confirmed reports', () => {
  const all = [1, 2, 3, 4, 5, 6, 7].map((n) => [id(n), 'ended']);

  it('requests them and receives them again', () => {
    const { up, deliver, advance, rows, effectsAfterAll } = createWorlds();
    deliver(up());
    expect(rows()).toEqual([[id(7), 'ended']]);
    deliver(deliver(advance(10 * minuteMs)));
    expect(rows()).toEqual(all);
    expect(effectsAfterAll()).toBeUndefined();
  });

  it('receives them also when the answer to its one request is lost', () => {
    const { up, deliver, drop, advance, resend, rows, effectsAfterAll } = createWorlds();
    deliver(up());
    drop(advance(10 * minuteMs));
    expect(rows()).toEqual([[id(7), 'ended']]);
    deliver(resend());
    expect(rows()).toEqual(all);
    expect(effectsAfterAll()).toBeUndefined();
  });
});
