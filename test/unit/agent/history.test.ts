import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import { historyMachine } from '../../../agent/identity/history.ts';
import { linkDown, linkUp, started, timer } from '../../support/agent-body.ts';
import { certificate } from '../../support/agent-certificates.ts';
import { feed, moment, nowMs, restarted } from '../../support/agent-machine.ts';

const [current, next] = [certificate(1), certificate(2)];
const wake: Event = { ...started, identity: { current, next: null } };
const upByNext: Event = { type: 'link/up', credentials: 'next' };
const write = timer('history/write');
const row = ({ certificateId }: typeof current) => ({ certificateId, wallMs: nowMs });

describe('the history of connections', () => {
  it.each<readonly [string, readonly Event[], object | null]>([
    ['nothing before the first connection', [wake, linkDown], null],
    ['the first connection', [wake, linkUp], row(current)],
    ['nothing of an unknown certificate', [started, linkUp], null],
    [
      'a certificate that was read late',
      [started, { type: 'identity/known', identity: { current, next: null } }, linkUp],
      row(current),
    ],
    [
      'a certificate that cannot be read now',
      [wake, { type: 'identity/known', identity: { current: null, next: null } }, linkUp],
      row(current),
    ],
    ['the next certificate', [wake, { type: 'identity/staged', next }, upByNext], row(next)],
    [
      'a promoted certificate',
      [wake, { type: 'identity/promoted', current: next }, linkUp],
      row(next),
    ],
  ])('remembers %s', (_name, events, expected) => {
    expect(feed(historyMachine, events).state).toMatchObject({ row: null, seen: expected });
    const { state } = feed(historyMachine, [...events, write]);
    expect(state.row).toEqual(expected);
    expect(restarted(historyMachine, state).row).toEqual(expected);
  });

  it('is written once per certificate', () => {
    const first = feed(historyMachine, [wake, linkUp, write]).state;
    const events = [wake, linkUp, write, linkDown, linkUp, write];
    expect(feed(historyMachine, events).state.row).toEqual(first.row);
    const again = historyMachine.step(first, linkUp, {
      now: { wallMs: nowMs + 5, quality: 'synced', boot: 3, monoMs: 0 },
      latestMs: nowMs + 5,
      random: 0,
      freshId: '',
    });
    expect([again.state.row, again.effects]).toEqual([first.row, undefined]);
    expect(historyMachine.step(first, write, moment).state).toBe(first);
  });

  it.each([{}, 5, { certificateId: 1, wallMs: 2 }])(
    'starts again after the stored value %j',
    (stored) => {
      const { state } = feed(historyMachine, [wake], { row: stored, items: new Map() });
      expect(state.row).toBeNull();
    },
  );
});
