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
const requested = [...ready, got({ volume: 7 }, fullReport)];
const louder = { ...settings, volume: 7 };
const applied = observed({ settings: louder });
const configure = (volume: number) => [`body/configure {"volume":${volume}}`];
const reported = (step: Parameters<typeof payloads>[0]) =>
  payloads(step).map(({ state }) => (state as { reported: object }).reported);

describe('a desired setting', () => {
  it.each<readonly [string, readonly Timed[], readonly string[]]>([
    ['is sent to the body', requested, [...configure(7), 'timer/set shadow/get']],
    [
      'is not sent when the body has it',
      [...ready, got({ volume: 5 }, fullReport)],
      ['timer/set shadow/get'],
    ],
    ['is not sent during another request', [...requested, delta({ volume: 8 }, 9)], []],
    [
      'is not sent again when a newer delta lacks it',
      [...requested, unconfigured('unavailable'), delta({ nonsense: 1 }, 9)],
      ['body/configure {"nonsense":1}'],
    ],
    [
      'is not sent again for a delta about another setting',
      [...requested, configured(), applied, delta({ nonsense: 1 }, 9)],
      ['body/configure {"nonsense":1}'],
    ],
    [
      'is sent after the answer when it is newer',
      [...requested, delta({ volume: 8 }, 9), configured(), applied],
      configure(8),
    ],
    [
      'is reported when the body has applied it',
      [...requested, configured(), applied],
      ['publish shadow/update', 'timer/set shadow/report'],
    ],
    [
      'is withdrawn when it is changed on the robot',
      [...requested, configured(), applied, updated(token), observed()],
      ['publish shadow/update', 'timer/set shadow/report'],
    ],
  ])('%s', (_name, events, effects) => {
    expect(summaries(feed(shadow, events))).toEqual(effects);
  });

  it('is not applied from an earlier connection before the shadow is received again', () => {
    const back = [...requested, configured(), applied, linkDown, linkUp, observed()];
    expect(summaries(feed(shadow, back))).toEqual([]);
  });

  it('is polled from the body after the answer', () => {
    expect(feed(shadow, [...requested, configured()]).events).toEqual([
      { type: 'body/poll-requested', by: 'shadow' },
    ]);
  });
});

describe('a rejected setting', () => {
  const refused = [...requested, configured({ volume: 'too-loud' }), observed()];
  const reportedToo = [...refused, updated(token)];

  it('is reported with its reason', () => {
    expect(reported(feed(shadow, refused))).toEqual([
      { settings, refused: { volume: 'too-loud' }, agent: agentReport },
    ]);
  });

  it.each<readonly [string, readonly Timed[], readonly string[]]>([
    ['is not sent again when the cloud repeats it', [...reportedToo, delta({ volume: 7 }, 10)], []],
    ['is not sent again after another poll', [...reportedToo, observed()], []],
    [
      'is sent when another value is desired',
      [...reportedToo, delta({ volume: 8 }, 10)],
      configure(8),
    ],
    [
      'is not sent again after a new connection',
      [
        ...reportedToo,
        linkUp,
        got({ volume: 7 }, { ...fullReport, refused: { volume: 'too-loud' } }),
      ],
      ['timer/set shadow/get'],
    ],
  ])('%s', (_name, events, effects) => {
    expect(summaries(feed(shadow, events))).toEqual(effects);
  });

  it('is cleared from the report when the body accepts the value', () => {
    const fixed = [
      ...reportedToo,
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
    expect(reported(feed(shadow, [...reportedToo, back]))).toMatchObject([
      { refused: { volume: null } },
    ]);
  });

  it('is recorded for the requested value, not for a newer desired one', () => {
    const crossed = [...requested, delta({ volume: 8 }, 9), configured({ volume: 'too-loud' })];
    expect(summaries(feed(shadow, [...crossed, observed()]))).toEqual(configure(8));
  });

  it('is ignored for a name that was not requested', () => {
    const { state } = feed(shadow, [...requested, configured({ cleanMode: 'never' })]);
    expect(state.refused).toEqual({});
  });

  it.each(['toString', 'constructor', '__proto__'])(
    'is also recorded for a setting called %s',
    (name) => {
      const named = (value: string | number) => Object.fromEntries([[name, value]]) as never;
      const withSetting = [...ready, got(named(7), fullReport)];
      const reports = (...events: Timed[]) =>
        reported(feed(shadow, [...withSetting, ...events])).map((report) => JSON.stringify(report));
      expect(reports(configured(), observed())).toEqual([]);
      const rejected = [configured(named('unknown-setting')), observed()];
      expect(reports(...rejected)).toEqual([
        expect.stringContaining(`{"${name}":"unknown-setting"}`),
      ]);
      expect(reports(...rejected, updated(token), delta({}, 9))).toEqual([
        expect.stringContaining(`{"${name}":null}`),
      ]);
    },
  );

  it('covers all settings of a request that was rejected as a whole', () => {
    const step = feed(shadow, [...requested, unconfigured('refused'), observed()]);
    expect(reported(step)).toMatchObject([{ refused: { volume: 'refused' } }]);
  });
});

describe('a request to the body', () => {
  it('is retried without limit, with growing delays, when there is no answer', () => {
    const noAnswer = unconfigured('unavailable');
    const again = [noAnswer, timer('shadow/configure')];
    const once = feed(shadow, [...requested, noAnswer]);
    expect(summaries(once)).toEqual(['timer/set shadow/configure']);
    expect(timerMs(once, 'shadow/configure')).toBe(5000);
    expect(timerMs(feed(shadow, [...requested, ...again, noAnswer]), 'shadow/configure')).toBe(
      10_000,
    );
    const nine = Array.from({ length: 9 }, () => again).flat();
    const tenth = feed(shadow, [...requested, ...nine]);
    expect(summaries(tenth)).toEqual(configure(7));
    const after = shadow.step(tenth.state, noAnswer, {
      now: { wallMs: 0, quality: 'unset', boot: 1, monoMs: 0 },
      latestMs: 0,
      random: 0.5,
      freshId: '',
    });
    expect(timerMs(after, 'shadow/configure')).toBeGreaterThan(60_000);
  });

  it('is made three times when the body accepts and does not apply it, and then reported', () => {
    const acceptedOnly = [configured(), observed()];
    expect(summaries(feed(shadow, [...requested, ...acceptedOnly]))).toEqual(configure(7));
    expect(summaries(feed(shadow, [...requested, ...acceptedOnly, ...acceptedOnly]))).toEqual(
      configure(7),
    );
    const third = feed(shadow, [...requested, ...acceptedOnly, ...acceptedOnly, ...acceptedOnly]);
    expect(reported(third)).toMatchObject([{ settings, refused: { volume: 'not-held' } }]);
    expect(
      summaries(
        feed(shadow, [...requested, ...acceptedOnly, ...acceptedOnly, ...acceptedOnly, observed()]),
      ),
    ).toEqual([]);
  });

  it('counts as applied when the body applies it late', () => {
    const acceptedOnly = [configured(), observed()];
    const late = feed(shadow, [
      ...requested,
      ...acceptedOnly,
      ...acceptedOnly,
      ...acceptedOnly,
      updated(token),
      applied,
    ]);
    expect(reported(late)).toEqual([
      { settings: louder, refused: { volume: null }, agent: agentReport },
    ]);
  });
});
