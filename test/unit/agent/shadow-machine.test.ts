import { describe, expect, it } from 'vitest';
import { shadowMachine } from '../../../agent/shadow/machine.ts';
import { check } from '../../../protocol/codec.ts';
import { linkDown, linkUp, observed, settings, started, timer } from '../../support/agent-body.ts';
import {
  feed,
  moment,
  payloads,
  summaries,
  type Timed,
  timerMs,
} from '../../support/agent-machine.ts';
import {
  absent,
  delta,
  fullReport,
  got,
  shadow,
  timestamp,
  token,
  updated,
} from '../../support/agent-shadow.ts';

const get = ['publish shadow/get', 'timer/set shadow/get'];
const update = ['publish shadow/update', 'timer/set shadow/report'];
const nextGet = ['timer/set shadow/get'];
const ready = [started, linkUp, observed()];
const told = [...ready, absent, updated(token)];

interface Row {
  readonly name: string;
  readonly events: readonly Timed[];
  readonly effects: readonly string[];
}

const gets: readonly Row[] = [
  { name: 'each connection gets the shadow', events: [started, linkUp], effects: get },
  {
    name: 'again when no answer came',
    events: [started, linkUp, timer('shadow/get')],
    effects: get,
  },
  {
    name: 'not while the link is down',
    events: [linkUp, linkDown, timer('shadow/get')],
    effects: [],
  },
  {
    name: 'a refusal that may pass is left to the timer',
    events: [linkUp, { type: 'cloud/shadow-not-got', body: { code: 429, message: 'slow' } }],
    effects: [],
  },
];

const reports: readonly Row[] = [
  {
    name: 'an absent shadow is reported to',
    events: [...ready, absent],
    effects: [...update, ...nextGet],
  },
  { name: 'so is one that says less', events: [...ready, got()], effects: [...update, ...nextGet] },
  {
    name: 'one that says the same is not',
    events: [...ready, got({}, fullReport)],
    effects: nextGet,
  },
  {
    name: 'the order of names makes no difference',
    events: [...ready, got({}, { ...fullReport, settings: { volume: 5, cleanMode: 'standard' } })],
    effects: nextGet,
  },
  {
    name: 'nothing is said before the body was seen',
    events: [started, linkUp, absent],
    effects: nextGet,
  },
  { name: 'but then', events: [started, linkUp, absent, observed()], effects: update },
  { name: 'nothing is said before the shadow was got', events: ready, effects: [] },
  {
    name: 'no answer: once more',
    events: [...ready, absent, timer('shadow/report')],
    effects: update,
  },
  {
    name: 'one at a time',
    events: [...ready, absent, observed({ settings: { volume: 1 } })],
    effects: [],
  },
  {
    name: 'acknowledged: quiet',
    events: [...ready, absent, updated(token)],
    effects: ['timer/clear shadow/report'],
  },
  {
    name: 'an acknowledgement of another is none',
    events: [...ready, absent, updated('x')],
    effects: ['timer/set shadow/gap'],
  },
  {
    name: 'what changed meanwhile is said after it',
    events: [...ready, absent, observed({ settings: { volume: 1 } }), updated(token)],
    effects: update,
  },
  {
    name: 'a change on the robot is said',
    events: [...told, observed({ settings: { volume: 1 } })],
    effects: update,
  },
  { name: 'no change is not', events: [...told, observed()], effects: [] },
  { name: 'nor is a timer that is late', events: [...told, timer('shadow/report')], effects: [] },
  {
    name: 'a report that was under way when the link went is made anew after the next get',
    events: [...ready, absent, linkDown, linkUp, got()],
    effects: [...update, ...nextGet],
  },
];

const offline: readonly Row[] = [
  {
    name: 'nothing is asked before the first connection',
    events: [started, timer('shadow/get'), observed(), delta({ volume: 7 }, 1)],
    effects: [],
  },
  {
    name: 'nothing is said while the link is down',
    events: [...told, linkDown, observed({ settings: { volume: 1 } })],
    effects: [],
  },
  {
    name: 'nor after it, before the get',
    events: [...told, linkDown, linkUp, observed({ settings: { volume: 1 } })],
    effects: [],
  },
  { name: 'nor by a late timer', events: [...ready, timer('shadow/report')], effects: [] },
];

const deltas: readonly Row[] = [
  {
    name: 'a delta goes to the body',
    events: [...told, delta({ volume: 7 }, 8)],
    effects: ['body/configure {"volume":7}'],
  },
  {
    name: 'a late one does not',
    events: [...ready, got({}, fullReport, 8), delta({ volume: 7 }, 8)],
    effects: [],
  },
  { name: 'nor one before the get', events: [...ready, delta({ volume: 7 }, 8)], effects: [] },
  {
    name: 'one that crossed our own update counts',
    events: [...ready, got({}, {}, 5), delta({ volume: 7 }, 6)],
    effects: ['body/configure {"volume":7}'],
  },
  {
    name: 'and so it does when our update is acknowledged first',
    events: [...ready, got({}, {}, 5), updated(token), delta({ volume: 7 }, 6)],
    effects: ['body/configure {"volume":7}'],
  },
  {
    name: 'an answer older than a delta means nothing',
    events: [...ready, got({}, fullReport, 5), delta({ volume: 7 }, 9), got({ volume: 2 }, {}, 6)],
    effects: [],
  },
  {
    name: 'a shadow that was deleted and counts anew is heard',
    events: [...ready, got({}, fullReport, 90), absent, updated(token), delta({ volume: 7 }, 1)],
    effects: ['body/configure {"volume":7}'],
  },
];

describe('the shadow machine', () => {
  it.each([...gets, ...reports, ...offline, ...deltas])('$name', ({ events, effects }) => {
    expect(summaries(feed(shadow, events))).toEqual(effects);
  });

  it('reports all that it has, with a token', () => {
    expect(payloads(feed(shadow, [...ready, absent]))).toEqual([
      { state: { reported: fullReport }, clientToken: token },
    ]);
  });

  it('asks with growing pauses up to an hour and some, and looks daily for what got lost', () => {
    const pauses = Array.from({ length: 12 }, (_, i) =>
      timerMs(
        feed(shadow, [linkUp, ...Array.from({ length: i }, () => timer('shadow/get'))]),
        'shadow/get',
      ),
    );
    expect(pauses.slice(0, 3)).toEqual([5000, 10_000, 20_000]);
    expect(pauses.at(-1)).toBe(4_500_000);
    expect(timerMs(feed(shadow, [...ready, absent]), 'shadow/get')).toBe(75_600_000);
  });

  it('says what was not acknowledged again with growing pauses', () => {
    const pauses = [0, 1, 2].map((times) =>
      timerMs(
        feed(shadow, [
          ...ready,
          absent,
          ...Array.from({ length: times }, () => timer('shadow/report')),
        ]),
        'shadow/report',
      ),
    );
    expect(pauses).toEqual([5000, 10_000, 20_000]);
  });

  it('reports nothing that its own reader would refuse', () => {
    const version = 'v'.repeat(200);
    const boot = { booted: 'slot-with-a-very-long-name', next: '', onTrial: false, slots: [] };
    const start = { ...started, version, board: { system: null, boot } };
    const asked = [start, linkUp, observed(), got({ volume: 99 })];
    const refused = { type: 'body/configured', refused: { volume: 'x'.repeat(500) } } as const;
    const [update] = payloads(feed(shadow, [...asked, refused, observed()]));
    const state = update?.['state'];
    expect(state).toMatchObject({ reported: { settings, refused: { volume: 'x'.repeat(80) } } });
    expect(check('ShadowGetAccepted', { state, version: 1, timestamp })).toMatchObject({
      ok: true,
    });
  });

  it('switched off says nothing', () => {
    const off = shadowMachine({ robot: 'R1', enabled: false, retryMs: 1, retryMsMax: 1 });
    expect(summaries(feed(off, told))).toEqual([]);
  });

  it('stores nothing of a wish that the body does not hold', () => {
    const { state } = feed(shadow, [...told, delta({ volume: 7 }, 8)]);
    expect([state.row, state.items.size]).toEqual([null, 0]);
  });

  it('a token is fresh in every turn', () => {
    const first = feed(shadow, [...ready, [absent, { ...moment, freshId: 'a' }]]);
    const late = shadow.step(first.state, timer('shadow/report'), { ...moment, freshId: 'b' });
    expect(shadow.step(late.state, updated('a'), moment).state.reportedText).toBeNull();
    expect(shadow.step(late.state, updated('b'), moment).state.reportedText).not.toBeNull();
  });
});
