import { describe, expect, it } from 'vitest';
import { bodyEvent, ended, linkDown, linkUp, mission, observed } from '../../support/agent-body.ts';
import { feed, later, payloads, type Timed } from '../../support/agent-machine.ts';
import { missions } from '../../support/agent-missions.ts';

const machine = missions();
const epoch = '00000000000000bb';
const runs = observed({ mission: mission('a') });

describe('progress', () => {
  const publishedCount = (events: readonly Timed[]) => payloads(feed(machine, events)).length;

  it.each([
    ['at the first poll', [linkUp, runs], 1],
    ['not again at once', [linkUp, runs, runs], 0],
    ['after the interval', [linkUp, runs, [runs, later(60_000)]], 1],
    [
      'when the phase changes',
      [linkUp, runs, observed({ mission: mission('a'), phase: 'stuck' })],
      1,
    ],
    ['not while the link is down', [linkUp, linkDown, runs], 0],
    ['not when the robot is idle', [linkUp, observed()], 0],
  ] as const)('is published %s', (_name, events, count) => {
    expect(publishedCount(events)).toBe(count);
  });

  it('costs no write', () => {
    const before = feed(machine, [linkUp, runs]).state;
    const { state } = machine.step(before, runs, later(60_000));
    expect(state.row).toBe(before.row);
    expect(state.items).toBe(before.items);
  });

  it('numbers its revisions up to the end', () => {
    const final = observed({ ended: [ended('a')] });
    const polls = [
      [runs, later(60_000)],
      [runs, later(120_000)],
    ] as const;
    const revisions = [1, 2, 3].map((most) => {
      const [report] = payloads(feed(machine, [linkUp, runs, ...polls].slice(0, most + 1)));
      return (report as { reports: { revision: number }[] }).reports[0]?.revision;
    });
    expect(revisions).toEqual([1, 2, 3]);
    const { state } = feed(machine, [linkUp, runs, ...polls, final]);
    expect(state.items.get(`${epoch}-1`)?.document.revision).toBe(4);
    expect(state.revision).toBe(4);
  });

  it('carries each event of the mission once', () => {
    const events = [bodyEvent(1, 'old'), bodyEvent(2, 'a'), bodyEvent(3, 'a', { type: 'stuck' })];
    const first = observed({ mission: mission('a') }, events);
    const again = observed({ mission: mission('a') }, [bodyEvent(4, 'a')]);
    const [report] = payloads(feed(machine, [linkUp, first, [again, later(60_000)]]));
    expect(report).toMatchObject({ reports: [{ events: [{ seq: 0 }, { seq: 1 }, { seq: 2 }] }] });
  });

  it('accepts the events of a replaced body', () => {
    const old = observed({ mission: mission('a') }, [bodyEvent(500, 'a')]);
    const fresh = observed({ mission: mission('b') }, [bodyEvent(1, 'b')]);
    const { state } = feed(machine, [old, fresh]);
    expect(state.events.map(({ missionId }) => missionId)).toContain('b');
  });

  it('keeps a bounded number of events', () => {
    const pollFrom = (from: number) =>
      observed(
        { mission: mission('a') },
        Array.from({ length: 200 }, (_, i) => bodyEvent(from + i, 'a')),
      );
    const { state } = feed(
      machine,
      Array.from({ length: 10 }, (_, i) => pollFrom(1 + i * 200)),
    );
    expect(state.events).toHaveLength(1000);
  });
});
