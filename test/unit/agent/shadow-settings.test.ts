import { describe, expect, it } from 'vitest';
import { linkDown, linkUp, observed, settings, started, timer } from '../../support/agent-body.ts';
import { feed, payloads, summaries, type Timed, timerMs } from '../../support/agent-machine.ts';
import {
  agentReport,
  configured,
  delta,
  fullReport,
  got,
  shadow,
  token,
  unconfigured,
  updated,
} from '../../support/agent-shadow.ts';

const ready = [started, linkUp, observed()];
const wanting = [...ready, got({ volume: 7 }, fullReport)];
const louder = { ...settings, volume: 7 };
const held = observed({ settings: louder });
const configure = (volume: number) => [`body/configure {"volume":${volume}}`];
const reported = (step: Parameters<typeof payloads>[0]) =>
  payloads(step).map(({ state }) => (state as { reported: object }).reported);

describe('a desired setting', () => {
  it.each<readonly [string, readonly Timed[], readonly string[]]>([
    ['goes to the body', wanting, [...configure(7), 'timer/set shadow/get']],
    ['only if it differs', [...ready, got({ volume: 5 }, fullReport)], ['timer/set shadow/get']],
    ['one question at a time', [...wanting, delta({ volume: 8 }, 9)], []],
    [
      'not any more when a newer delta is without it',
      [...wanting, unconfigured('unavailable'), delta({ nonsense: 1 }, 9)],
      ['body/configure {"nonsense":1}'],
    ],
    [
      'no more often for a delta about something else',
      [...wanting, configured(), held, delta({ nonsense: 1 }, 9)],
      ['body/configure {"nonsense":1}'],
    ],
    [
      'a newer one after the answer',
      [...wanting, delta({ volume: 8 }, 9), configured(), held],
      configure(8),
    ],
    [
      'taken over, it is reported',
      [...wanting, configured(), held],
      ['publish shadow/update', 'timer/set shadow/report'],
    ],
    [
      'a change on the robot stays, and takes the wish back',
      [...wanting, configured(), held, updated(token), observed()],
      ['publish shadow/update', 'timer/set shadow/report'],
    ],
  ])('%s', (_name, events, effects) => {
    expect(summaries(feed(shadow, events))).toEqual(effects);
  });

  it('is not applied from an earlier connection before the shadow is received again', () => {
    const back = [...wanting, configured(), held, linkDown, linkUp, observed()];
    expect(summaries(feed(shadow, back))).toEqual([]);
  });

  it('is polled from the body after the answer', () => {
    expect(feed(shadow, [...wanting, configured()]).events).toEqual([
      { type: 'body/poll-requested', by: 'shadow' },
    ]);
  });
});

describe('a rejected setting', () => {
  const refused = [...wanting, configured({ volume: 'too-loud' }), observed()];
  const told = [...refused, updated(token)];

  it('is reported with its reason', () => {
    expect(reported(feed(shadow, refused))).toEqual([
      { settings, refused: { volume: 'too-loud' }, agent: agentReport },
    ]);
  });

  it.each<readonly [string, readonly Timed[], readonly string[]]>([
    ['is not tried again when the cloud repeats itself', [...told, delta({ volume: 7 }, 10)], []],
    ['nor on another look', [...told, observed()], []],
    ['another value is', [...told, delta({ volume: 8 }, 10)], configure(8)],
    [
      'nor after a new connection',
      [...told, linkUp, got({ volume: 7 }, { ...fullReport, refused: { volume: 'too-loud' } })],
      ['timer/set shadow/get'],
    ],
  ])('%s', (_name, events, effects) => {
    expect(summaries(feed(shadow, events))).toEqual(effects);
  });

  it('is cleared from the report when the body accepts the value', () => {
    const fixed = [
      ...told,
      delta({ volume: 6 }, 10),
      configured(),
      observed({ settings: { ...settings, volume: 6 } }),
    ];
    expect(reported(feed(shadow, fixed))).toEqual([
      { settings: { ...settings, volume: 6 }, refused: { volume: null }, agent: agentReport },
    ]);
  });

  it('is cleared from the report when the value is not desired any more', () => {
    const back = got({}, { ...fullReport, refused: { volume: 'too-loud' } }, 11);
    expect(reported(feed(shadow, [...told, back]))).toMatchObject([{ refused: { volume: null } }]);
  });

  it('is recorded for the requested value, not for a newer desired one', () => {
    const crossed = [...wanting, delta({ volume: 8 }, 9), configured({ volume: 'too-loud' })];
    expect(summaries(feed(shadow, [...crossed, observed()]))).toEqual(configure(8));
  });

  it('is ignored for a name that was not requested', () => {
    const { state } = feed(shadow, [...wanting, configured({ cleanMode: 'never' })]);
    expect(state.refused).toEqual({});
  });

  it.each(['toString', 'constructor', '__proto__'])(
    'of a setting called %s is one as well',
    (name) => {
      const named = (value: string | number) => Object.fromEntries([[name, value]]) as never;
      const asked = [...ready, got(named(7), fullReport)];
      const reports = (...events: Timed[]) =>
        reported(feed(shadow, [...asked, ...events])).map((report) => JSON.stringify(report));
      expect(reports(configured(), observed())).toEqual([]);
      const no = [configured(named('unknown-setting')), observed()];
      expect(reports(...no)).toEqual([expect.stringContaining(`{"${name}":"unknown-setting"}`)]);
      expect(reports(...no, updated(token), delta({}, 9))).toEqual([
        expect.stringContaining(`{"${name}":null}`),
      ]);
    },
  );

  it('covers all settings of a request that was rejected as a whole', () => {
    const step = feed(shadow, [...wanting, unconfigured('refused'), observed()]);
    expect(reported(step)).toMatchObject([{ refused: { volume: 'refused' } }]);
  });
});

describe('a request to the body', () => {
  it('is retried without limit, with growing delays, when there is no answer', () => {
    const silence = unconfigured('unavailable');
    const again = [silence, timer('shadow/configure')];
    const once = feed(shadow, [...wanting, silence]);
    expect(summaries(once)).toEqual(['timer/set shadow/configure']);
    expect(timerMs(once, 'shadow/configure')).toBe(5000);
    expect(timerMs(feed(shadow, [...wanting, ...again, silence]), 'shadow/configure')).toBe(10_000);
    const nine = Array.from({ length: 9 }, () => again).flat();
    const tenth = feed(shadow, [...wanting, ...nine]);
    expect(summaries(tenth)).toEqual(configure(7));
    const after = shadow.step(tenth.state, silence, {
      now: { wallMs: 0, quality: 'unset', boot: 1, monoMs: 0 },
      latestMs: 0,
      random: 0.5,
      freshId: '',
    });
    expect(timerMs(after, 'shadow/configure')).toBeGreaterThan(60_000);
  });

  it('is made three times when the body accepts and does not apply it, and then reported', () => {
    const lie = [configured(), observed()];
    expect(summaries(feed(shadow, [...wanting, ...lie]))).toEqual(configure(7));
    expect(summaries(feed(shadow, [...wanting, ...lie, ...lie]))).toEqual(configure(7));
    const third = feed(shadow, [...wanting, ...lie, ...lie, ...lie]);
    expect(reported(third)).toMatchObject([{ settings, refused: { volume: 'not-held' } }]);
    expect(summaries(feed(shadow, [...wanting, ...lie, ...lie, ...lie, observed()]))).toEqual([]);
  });

  it('counts as applied when the body applies it late', () => {
    const lie = [configured(), observed()];
    const late = feed(shadow, [...wanting, ...lie, ...lie, ...lie, updated(token), held]);
    expect(reported(late)).toEqual([
      { settings: louder, refused: { volume: null }, agent: agentReport },
    ]);
  });
});
