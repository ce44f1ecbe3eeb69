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
const acknowledged = [...ready, absent, updated(token)];

interface Row {
  readonly name: string;
  readonly events: readonly Timed[];
  readonly effects: readonly string[];
}

const gets: readonly Row[] = [
  { name: 'gets the shadow on each connection', events: [started, linkUp], effects: get },
  {
    name: 'gets it again when no answer came',
    events: [started, linkUp, timer('shadow/get')],
    effects: get,
  },
  {
    name: 'gets nothing while the link is down',
    events: [linkUp, linkDown, timer('shadow/get')],
    effects: [],
  },
  {
    name: 'leaves a retryable rejection to the timer',
    events: [linkUp, { type: 'cloud/shadow-not-got', body: { code: 429, message: 'slow' } }],
    effects: [],
  },
];

const reports: readonly Row[] = [
  {
    name: 'reports when there is no shadow',
    events: [...ready, absent],
    effects: [...update, ...nextGet],
  },
  {
    name: 'reports when the shadow has less',
    events: [...ready, got()],
    effects: [...update, ...nextGet],
  },
  {
    name: 'does not report when the shadow has the same',
    events: [...ready, got({}, fullReport)],
    effects: nextGet,
  },
  {
    name: 'does not report for another order of names',
    events: [...ready, got({}, { ...fullReport, settings: { volume: 5, cleanMode: 'standard' } })],
    effects: nextGet,
  },
  {
    name: 'does not report before the first snapshot',
    events: [started, linkUp, absent],
    effects: nextGet,
  },
  {
    name: 'reports when the first snapshot arrives',
    events: [started, linkUp, absent, observed()],
    effects: update,
  },
  { name: 'does not report before the shadow is received', events: ready, effects: [] },
  {
    name: 'reports again when no answer came',
    events: [...ready, absent, timer('shadow/report')],
    effects: update,
  },
  {
    name: 'has one report in flight',
    events: [...ready, absent, observed({ settings: { volume: 1 } })],
    effects: [],
  },
  {
    name: 'stops repeating when the report is acknowledged',
    events: [...ready, absent, updated(token)],
    effects: ['timer/clear shadow/report'],
  },
  {
    name: 'ignores the acknowledgement of another update',
    events: [...ready, absent, updated('x')],
    effects: ['timer/set shadow/gap'],
  },
  {
    name: 'reports a change during a report after it',
    events: [...ready, absent, observed({ settings: { volume: 1 } }), updated(token)],
    effects: update,
  },
  {
    name: 'reports a change on the robot',
    events: [...acknowledged, observed({ settings: { volume: 1 } })],
    effects: update,
  },
  {
    name: 'does not report an unchanged snapshot',
    events: [...acknowledged, observed()],
    effects: [],
  },
  { name: 'ignores a late timer', events: [...acknowledged, timer('shadow/report')], effects: [] },
  {
    name: 'reports again after the next get when the connection ended during a report',
    events: [...ready, absent, linkDown, linkUp, got()],
    effects: [...update, ...nextGet],
  },
];

const offline: readonly Row[] = [
  {
    name: 'sends nothing before the first connection',
    events: [started, timer('shadow/get'), observed(), delta({ volume: 7 }, 1)],
    effects: [],
  },
  {
    name: 'does not report while the link is down',
    events: [...acknowledged, linkDown, observed({ settings: { volume: 1 } })],
    effects: [],
  },
  {
    name: 'does not report on a new connection before the get',
    events: [...acknowledged, linkDown, linkUp, observed({ settings: { volume: 1 } })],
    effects: [],
  },
  {
    name: 'does not report because of a late timer',
    events: [...ready, timer('shadow/report')],
    effects: [],
  },
];

const deltas: readonly Row[] = [
  {
    name: 'sends a delta to the body',
    events: [...acknowledged, delta({ volume: 7 }, 8)],
    effects: ['body/configure {"volume":7}'],
  },
  {
    name: 'ignores a late delta',
    events: [...ready, got({}, fullReport, 8), delta({ volume: 7 }, 8)],
    effects: [],
  },
  {
    name: 'ignores a delta before the get',
    events: [...ready, delta({ volume: 7 }, 8)],
    effects: [],
  },
  {
    name: 'applies a delta that crossed our own update',
    events: [...ready, got({}, {}, 5), delta({ volume: 7 }, 6)],
    effects: ['body/configure {"volume":7}'],
  },
  {
    name: 'applies such a delta also when our update is acknowledged first',
    events: [...ready, got({}, {}, 5), updated(token), delta({ volume: 7 }, 6)],
    effects: ['body/configure {"volume":7}'],
  },
  {
    name: 'ignores an answer older than a delta',
    events: [...ready, got({}, fullReport, 5), delta({ volume: 7 }, 9), got({ volume: 2 }, {}, 6)],
    effects: [],
  },
  {
    name: 'ignores an answer older than a delta that came before it',
    events: [...ready, delta({ volume: 7 }, 8), got({ volume: 2 }, {}, 7)],
    effects: [],
  },
  {
    name: 'applies an answer as new as a delta that came before it',
    events: [...ready, delta({ volume: 7 }, 8), got({ volume: 7 }, fullReport, 8)],
    effects: ['body/configure {"volume":7}', ...nextGet],
  },
  {
    name: 'applies the first answer of another connection, whatever its version',
    events: [
      ...ready,
      delta({ volume: 7 }, 8),
      linkDown,
      linkUp,
      got({ volume: 2 }, fullReport, 1),
    ],
    effects: ['body/configure {"volume":2}', ...nextGet],
  },
  {
    name: 'applies a delta of a shadow that was deleted and counts from the beginning',
    events: [...ready, got({}, fullReport, 90), absent, updated(token), delta({ volume: 7 }, 1)],
    effects: ['body/configure {"volume":7}'],
  },
];

describe('the shadow machine', () => {
  it.each([...gets, ...reports, ...offline, ...deltas])('$name', ({ events, effects }) => {
    expect(summaries(feed(shadow, events))).toEqual(effects);
  });

  it('reports everything with a token', () => {
    expect(payloads(feed(shadow, [...ready, absent]))).toEqual([
      { state: { reported: fullReport }, clientToken: token },
    ]);
  });

  it('repeats the get with growing delays up to an hour and a quarter, and daily without a reason', () => {
    const delays = Array.from({ length: 12 }, (_, i) =>
      timerMs(
        feed(shadow, [linkUp, ...Array.from({ length: i }, () => timer('shadow/get'))]),
        'shadow/get',
      ),
    );
    expect(delays.slice(0, 3)).toEqual([5000, 10_000, 20_000]);
    expect(delays.at(-1)).toBe(4_500_000);
    expect(timerMs(feed(shadow, [...ready, absent]), 'shadow/get')).toBe(75_600_000);
  });

  it('repeats a report with growing delays until it is acknowledged', () => {
    const delays = [0, 1, 2].map((times) =>
      timerMs(
        feed(shadow, [
          ...ready,
          absent,
          ...Array.from({ length: times }, () => timer('shadow/report')),
        ]),
        'shadow/report',
      ),
    );
    expect(delays).toEqual([5000, 10_000, 20_000]);
  });

  it('reports nothing that its own reader would reject', () => {
    const version = 'v'.repeat(200);
    const boot = { booted: 'slot-with-a-very-long-name', next: '', onTrial: false, slots: [] };
    const start = { ...started, version, board: { system: null, boot } };
    const requested = [start, linkUp, observed(), got({ volume: 99 })];
    const refused = { type: 'body/configured', refused: { volume: 'x'.repeat(500) } } as const;
    const [update] = payloads(feed(shadow, [...requested, refused, observed()]));
    const state = update?.['state'];
    expect(state).toMatchObject({ reported: { settings, refused: { volume: 'x'.repeat(80) } } });
    expect(check('ShadowGetAccepted', { state, version: 1, timestamp })).toMatchObject({
      ok: true,
    });
  });

  it('sends nothing when it is disabled', () => {
    const disabled = shadowMachine({ robot: 'R1', enabled: false, retryMs: 1, retryMsMax: 1 });
    expect(summaries(feed(disabled, acknowledged))).toEqual([]);
  });

  it('stores no desired value that the body does not hold', () => {
    const { state } = feed(shadow, [...acknowledged, delta({ volume: 7 }, 8)]);
    expect([state.row, state.items.size]).toEqual([null, 0]);
  });

  it('makes a fresh token in every turn', () => {
    const first = feed(shadow, [...ready, [absent, { ...moment, freshId: 'a' }]]);
    const late = shadow.step(first.state, timer('shadow/report'), { ...moment, freshId: 'b' });
    expect(shadow.step(late.state, updated('a'), moment).state.reportedText).toBeNull();
    expect(shadow.step(late.state, updated('b'), moment).state.reportedText).not.toBeNull();
  });
});
