import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import type { Phase } from '../../../agent/identity/state.ts';
import { timer } from '../../support/agent-body.ts';
import { feed, later, payloads, summaries } from '../../support/agent-machine.ts';
import {
  created,
  down,
  eventsTo,
  failures,
  fresh,
  machine,
  nextRefused,
  promoted,
  registered,
  renewalEvents,
  renewRequested,
  requested,
  secrets,
  staged,
  subscribed,
  timeKnown,
  up,
} from '../../support/agent-renewal.ts';

const phases = Object.keys(eventsTo) as Phase[];
const createTopic = 'publish $aws/certificates/create-from-csr/json';
const registerTopic = 'publish $aws/provisioning-templates/pilotfish/provision/json';
const [setRetry, setCheck] = ['timer/set identity/retry', 'timer/set identity/check'];
const discard = ['timer/clear identity/retry', 'identity/discard'];
const foreign: Event = { type: 'cloud/thing-registered', body: { thingName: 'R2' } };

interface Row {
  readonly name: string;
  readonly in: Phase;
  readonly event: Event;
  readonly to: Phase;
  readonly effects: readonly string[];
  readonly use?: 'next' | 'current';
}

const rows: readonly Row[] = [
  {
    name: 'cloud time known, certificate due',
    in: 'settled',
    event: timeKnown,
    to: 'requesting',
    effects: ['identity/request', setRetry],
  },
  {
    name: 'request of an operator without a connection',
    in: 'settled',
    event: renewRequested(),
    to: 'settled',
    effects: ['note certificate renewal requested', 'reply'],
  },
  {
    name: 'certificate request ready',
    in: 'requesting',
    event: requested,
    to: 'subscribing',
    effects: ['identity/subscribe', setRetry],
  },
  {
    name: 'subscribed to the answers',
    in: 'subscribing',
    event: subscribed,
    to: 'creating',
    effects: [createTopic, setRetry],
  },
  {
    name: 'certificate created',
    in: 'creating',
    event: created,
    to: 'staging',
    effects: ['timer/clear identity/retry', 'identity/stage'],
  },
  {
    name: 'certificate stored',
    in: 'staging',
    event: staged,
    to: 'registering',
    effects: [registerTopic, setRetry],
  },
  {
    name: 'certificate registered',
    in: 'registering',
    event: registered,
    to: 'trying',
    effects: ['timer/clear identity/retry'],
    use: 'next',
  },
  {
    name: 'connected with the next credentials',
    in: 'trying',
    event: up('next'),
    to: 'promoting',
    effects: ['identity/promote'],
  },
  {
    name: 'next credentials promoted',
    in: 'promoting',
    event: promoted,
    to: 'settled',
    effects: [],
  },
  {
    name: 'connected with the current credentials',
    in: 'trying',
    event: up('current'),
    to: 'trying',
    effects: ['timer/set identity/trial'],
  },
  {
    name: 'connection with the current credentials ended',
    in: 'trying',
    event: down('lost', 'current'),
    to: 'trying',
    effects: [],
    use: 'next',
  },
  {
    name: 'no answer to the request',
    in: 'creating',
    event: timer('identity/retry'),
    to: 'creating',
    effects: [createTopic, setRetry],
  },
  {
    name: 'no answer to the token',
    in: 'registering',
    event: timer('identity/retry'),
    to: 'registering',
    effects: [registerTopic, setRetry],
  },
  {
    name: 'no request within a minute',
    in: 'requesting',
    event: timer('identity/retry'),
    to: 'settled',
    effects: [...discard, setCheck],
    use: 'current',
  },
  {
    name: 'no answer to the subscriptions',
    in: 'subscribing',
    event: timer('identity/retry'),
    to: 'settled',
    effects: [...discard, setCheck],
    use: 'current',
  },
  {
    name: 'certificate of another robot',
    in: 'registering',
    event: foreign,
    to: 'settled',
    effects: [...discard, setCheck],
    use: 'current',
  },
  {
    name: 'promotion failed on the disk',
    in: 'promoting',
    event: { type: 'identity/not-promoted', code: 'ENOSPC' },
    to: 'promoting',
    effects: ['timer/set identity/promote', 'note credentials not promoted'],
  },
  {
    name: 'promotion retried',
    in: 'promoting',
    event: timer('identity/promote'),
    to: 'promoting',
    effects: ['identity/promote'],
  },
  ...(['requesting', 'subscribing', 'creating', 'staging', 'registering'] as const).flatMap(
    (phase): Row[] => [
      {
        name: `${failures[phase].type}`,
        in: phase,
        event: failures[phase],
        to: 'settled',
        effects: [
          ...[...discard, setCheck],
          ...(phase === 'staging' ? ['note renewed certificate rejected'] : []),
        ],
        use: 'current',
      },
      { name: 'the connection ends', in: phase, event: down(), to: 'settled', effects: discard },
    ],
  ),
  ...(['trying', 'promoting'] as const).map(
    (phase): Row => ({
      ...{ name: 'a refusal', in: phase, event: nextRefused, to: phase },
      ...{ effects: [], use: 'current' },
    }),
  ),
];

/** What an event may do in a phase, beside the rows: nothing. */
const hasMeaning = (phase: Phase, { type, ...about }: Event): boolean =>
  rows.some(
    (row) =>
      row.in === phase &&
      row.event.type === type &&
      ('key' in about ? 'key' in row.event && row.event.key === about.key : true),
  );

describe('the renewal machine', () => {
  it.each(rows)('goes from $in to $to: $name', ({ in: phase, event, to, effects, use }) => {
    const step = feed(machine, [...eventsTo[phase], event]);
    expect(step.state.phase).toBe(to);
    expect(summaries(step)).toEqual(effects);
    expect(step.events ?? []).toEqual(use ? [{ type: 'identity/use', credentials: use }] : []);
  });

  it.each(phases)('reaches the phase %s', (phase) => {
    expect(feed(machine, eventsTo[phase]).state.phase).toBe(phase);
  });

  const stale = phases.flatMap((phase) =>
    renewalEvents
      .filter((event) => !hasMeaning(phase, event))
      .map((event) => ({ phase, event, type: event.type })),
  );
  it.each(stale)('ignores in $phase the event $type', ({ phase, event }) => {
    const before = feed(machine, eventsTo[phase]).state;
    const step = machine.step(before, event, later(1000));
    expect(step).toEqual({ state: before });
    expect(step.state.row).toBe(before.row);
  });

  it('requests each step of a renewal, and leaves no secret', () => {
    const creating = feed(machine, eventsTo.creating);
    expect(payloads(creating)).toEqual([{ certificateSigningRequest: secrets.csr }]);
    expect(feed(machine, eventsTo.subscribing).effects?.[0]).toEqual({
      type: 'identity/subscribe',
      topics: [
        '$aws/certificates/create-from-csr/json',
        '$aws/provisioning-templates/pilotfish/provision/json',
      ].flatMap((topic) => [`${topic}/accepted`, `${topic}/rejected`]),
    });
    expect(payloads(feed(machine, eventsTo.registering))).toEqual([
      { certificateOwnershipToken: secrets.token, parameters: { SerialNumber: 'R1' } },
    ]);
    const { state } = feed(machine, [...eventsTo.promoting, promoted]);
    expect(state).toMatchObject({ current: fresh, next: null, token: '', csr: '' });
    expect(state.row).toMatchObject({
      registered: null,
      promoting: null,
      failures: 0,
      last: { result: 'renewed' },
    });
  });

  it('stores the intent before each promotion, which the loop requires', () => {
    const { state, effects } = feed(machine, eventsTo.promoting);
    expect(effects).toEqual([{ type: 'identity/promote' }]);
    const again = machine.step(state, timer('identity/promote'), later(60_000));
    expect(again.state.row).not.toBe(state.row);
    expect(again.state.row).toEqual({ ...state.row, promoting: fresh.certificateId });
  });
});
