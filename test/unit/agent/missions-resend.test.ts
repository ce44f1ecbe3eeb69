import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import type { MissionsState } from '../../../agent/missions/state.ts';
import { ended, linkDown, linkUp, observed, timer } from '../../support/agent-body.ts';
import {
  feed,
  later,
  moment,
  payloads,
  summaries,
  type Timed,
} from '../../support/agent-machine.ts';
import { documentsIn, entry, missions, missionsConfig } from '../../support/agent-missions.ts';
import { epoch, mapRef } from '../../support/cloud-world.ts';

/** What goes again when another mission ends: no more than is needed, since each message is billed. */

const machine = missions();
const id = (n: number) => `${epoch}-${n}`;
const row = { epoch, nextN: 4, open: null, known: [], dropped: 0 };
const saved = (...items: ReturnType<typeof entry>[]) => ({ row, items: new Map(items) });
const two = saved(entry(id(1)), entry(id(2)));
const resend = timer('missions/resend');
const { resendMs } = missionsConfig;
const at = (ms: number, event: Event): Timed => [event, later(ms)];
const ends = (name: string, hasMap = false) => observed({ ended: [ended(name, { hasMap })] });
const kept = (n: number): Event => ({ type: 'map/kept', missionId: id(n), map: mapRef });
const conflict: Event = {
  type: 'cloud/reports-rejected',
  body: { v: 1, rejected: [{ missionId: id(1), code: 'id-conflict', message: '' }] },
};
const idsOf = (step: Parameters<typeof payloads>[0]) =>
  payloads(step).flatMap((list) => documentsIn(list).map(({ missionId }) => missionId));

describe('the end of a mission', () => {
  it.each<readonly [string, readonly Timed[], readonly string[]]>([
    [
      'sends its report alone while the others may be confirmed any moment',
      [linkUp, at(resendMs - 1, ends('a'))],
      [id(4)],
    ],
    [
      'sends it with those that have waited for longer',
      [linkUp, at(resendMs, ends('a'))],
      [1, 2, 4].map(id),
    ],
    ['sends nothing while its map is fetched', [linkUp, at(resendMs, ends('a', true))], []],
    [
      'sends its report once when the map is kept',
      [linkUp, at(resendMs, ends('a', true)), at(resendMs + 50, kept(4))],
      [1, 2, 4].map(id),
    ],
    [
      'does not repeat a report that was just sent under a new id',
      [linkUp, at(1000, conflict), at(resendMs, ends('a'))],
      [id(2), `${moment.freshId}-2`],
    ],
    [
      'does not repeat a report that the cloud has just requested',
      [
        linkUp,
        at(resendMs - 1000, {
          type: 'cloud/missions-requested',
          body: { v: 1, epoch, from: 1, to: 1 },
        }),
        at(resendMs, ends('a')),
      ],
      [2, 4].map(id),
    ],
  ])('%s', (_name, events, ids) => {
    expect(idsOf(feed(machine, events, two))).toEqual(ids);
  });

  it('does not postpone the next resending of all reports', () => {
    const step = feed(machine, [linkUp, at(1000, ends('a'))], two);
    expect(summaries(step)).toContain('timer/set missions/resend');
    expect(idsOf(machine.step(step.state, resend, later(1000 + resendMs)))).toEqual(
      [1, 2, 4].map(id),
    );
  });

  it('delays nothing on a new connection', () => {
    const events = [linkUp, at(100, linkDown), at(200, linkUp)];
    expect(idsOf(feed(machine, events, two))).toEqual([1, 2].map(id));
  });

  it('remembers only the sendings of the last seconds', () => {
    const step = feed(machine, [linkUp, at(resendMs, ends('a'))], two);
    const last = machine.step(step.state, observed({ ended: [ended('b')] }), later(2 * resendMs));
    expect([...last.state.sentMs.keys()]).toEqual([1, 2, 4, 5].map(id));
    const wait = feed(machine, [linkUp, at(resendMs * 3, ends('a'))], saved());
    expect([...wait.state.sentMs.keys()]).toEqual([id(4)]);
  });
});

describe('missions that ended while the agent was down', () => {
  const names = Array.from({ length: 16 }, (_, n) => `m${n}`);
  const all = observed({ ended: names.map((name) => ended(name, { hasMap: true })) });
  const numbers = names.map((_, n) => n + 4);

  /** How many messages go out over `events`, and of which reports. */
  function sent(events: readonly Timed[]) {
    let state: MissionsState = machine.restore(saved(), moment);
    const lists = events.flatMap((given) => {
      const [event, now] = Array.isArray(given) ? given : [given, moment];
      const step = machine.step(state, event as Event, now as typeof moment);
      state = step.state;
      return payloads(step);
    });
    return {
      count: lists.length,
      ids: lists.flatMap((l) => documentsIn(l)).map((d) => d.missionId),
    };
  }

  it('are sent together, each once, when the last of their maps is kept', () => {
    const maps = numbers.map((n) => at(n * 10, kept(n)));
    const { count, ids } = sent([linkUp, all, ...maps]);
    expect(ids).toEqual(numbers.map(id));
    expect(count).toBeLessThanOrEqual(2);
  });

  it('are sent without those whose maps take long when the timer is over', () => {
    const { ids } = sent([linkUp, all, kept(4), kept(5), at(6000, resend)]);
    expect(ids).toEqual([4, 5].map(id));
  });

  it('are sent at the next connection, as far as their maps are kept', () => {
    expect(sent([all, kept(4), kept(5), linkUp]).ids).toEqual([4, 5].map(id));
  });
});
