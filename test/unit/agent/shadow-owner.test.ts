import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import type { ShadowState } from '../../../agent/shadow/state.ts';
import { linkDown, linkUp, observed, settings, started, timer } from '../../support/agent-body.ts';
import { feed, moment, payloads, restarted, summaries } from '../../support/agent-machine.ts';
import {
  configured,
  delta,
  fullReport,
  got,
  shadow,
  timestamp,
  token,
  updated,
} from '../../support/agent-shadow.ts';

const holding = (volume: number) => observed({ settings: { ...settings, volume } });
const reportOf = (volume: number) => ({ ...fullReport, settings: { ...settings, volume } });
const accepted = (version: number): Event => ({
  type: 'cloud/shadow-updated',
  body: { version, timestamp, clientToken: token },
});
const conflict: Event = {
  type: 'cloud/shadow-not-updated',
  body: { code: 409, message: 'Version conflict', clientToken: token },
};

/** A desired value of 7, applied by the body and acknowledged by the cloud: version 5 of the shadow. */
const applied = [started, linkUp, holding(7), got({ volume: 7 }, reportOf(7), 5)];

const update = ['publish shadow/update', 'timer/set shadow/report'];

describe("an owner's change of an applied desired value", () => {
  it('stays, and the report withdraws the desired value in the version that was read', () => {
    const step = feed(shadow, [...applied, holding(5)]);
    expect(summaries(step)).toEqual(update);
    expect(payloads(step)).toEqual([
      {
        state: { desired: { settings: { volume: null } }, reported: reportOf(5) },
        version: 5,
        clientToken: token,
      },
    ]);
  });

  it.each<readonly [string, readonly Event[], readonly string[]]>([
    [
      'is reported again until the report is accepted',
      [holding(5), timer('shadow/report')],
      update,
    ],
    ['is reported once when the report is accepted', [holding(5), accepted(6), holding(5)], []],
    [
      'is not undone by a delta that still has the desired value',
      [holding(5), delta({ volume: 7 }, 6)],
      [],
    ],
    [
      'is not undone by a delta about another setting',
      [holding(5), delta({ volume: 7, nonsense: 1 }, 6)],
      ['body/configure {"nonsense":1}'],
    ],
    [
      'is replaced by another desired value',
      [holding(5), delta({ volume: 9 }, 6)],
      ['body/configure {"volume":9}'],
    ],
    [
      'is replaced by the same desired value when it is set again',
      [holding(5), accepted(6), delta({ volume: 7 }, 7)],
      ['body/configure {"volume":7}'],
    ],
    [
      'is not undone by a late delta after that',
      [holding(5), accepted(6), delta({ volume: 7 }, 6)],
      [],
    ],
    [
      'is not replaced by an answer older than a delta after the conflict',
      [holding(5), conflict, delta({ volume: 9 }, 8), got({ volume: 8 }, reportOf(7), 7)],
      [],
    ],
    [
      'ends when the robot is changed back to the desired value',
      [holding(5), conflict, holding(7), got({ volume: 7 }, reportOf(7), 6)],
      ['timer/set shadow/get'],
    ],
  ])('%s', (_name, events, effects) => {
    expect(summaries(feed(shadow, [...applied, ...events]))).toEqual(effects);
  });

  it('withdraws the desired value when a delta arrives before the next snapshot', () => {
    const between = [delta({ nonsense: 1 }, 6), configured({ nonsense: 'unknown' })];
    const later = [
      delta({ nonsense: 1, other: 2 }, 7),
      holding(5),
      configured({ other: 'unknown' }),
    ];
    const [report] = payloads(feed(shadow, [...applied, ...between, ...later, holding(5)]));
    expect(report).toMatchObject({ state: { desired: { settings: { volume: null } } } });
  });

  it('is not detected when a request to the body in between had no answer', () => {
    const silent: Event = { type: 'body/unconfigured', code: 'unavailable' };
    const changes = [delta({ volume: 5 }, 6), silent, got({ volume: 7 }, reportOf(7), 7)];
    const step = feed(shadow, [...applied, ...changes, holding(5)]);
    expect(summaries(step)).toEqual(['body/configure {"volume":7}']);
  });

  it('gets the shadow and reports again after a version conflict', () => {
    const met = feed(shadow, [...applied, holding(5), conflict]);
    expect(summaries(met)).toEqual(['timer/clear shadow/report', 'timer/set shadow/get']);
    const again = [timer('shadow/get'), got({ volume: 7 }, reportOf(7), 8)];
    const [cleared] = payloads(feed(shadow, [...applied, holding(5), conflict, ...again]));
    expect(cleared).toMatchObject({
      version: 8,
      state: { desired: { settings: { volume: null } } },
    });
    const wished = [timer('shadow/get'), got({ volume: 9 }, reportOf(7), 8)];
    expect(summaries(feed(shadow, [...applied, holding(5), conflict, ...wished]))[0]).toBe(
      'body/configure {"volume":9}',
    );
  });

  it.each<readonly [string, readonly Event[], string]>([
    ['the same desired value in the shadow', [got({ volume: 7 }, reportOf(7), 5)], update[0] ?? ''],
    ['another desired value', [got({ volume: 9 }, reportOf(7), 6)], 'body/configure {"volume":9}'],
    ['no desired value', [got({}, reportOf(7), 6)], update[0] ?? ''],
  ])('meets %s when it was made during an outage', (_name, events, effect) => {
    const back = [...applied, linkDown, holding(5), linkUp, ...events];
    expect(summaries(feed(shadow, back))[0]).toBe(effect);
  });

  it.each<readonly [string, readonly Event[], string]>([
    ['a desired value that was applied', applied, update[0] ?? ''],
    [
      'a desired value that was not applied',
      [started, linkUp, holding(5), got({ volume: 7 }, reportOf(5), 5)],
      'body/configure {"volume":7}',
    ],
    [
      'a value that was being requested when the agent was killed',
      [...applied, delta({ volume: 5 }, 6)],
      'body/configure {"volume":7}',
    ],
  ])('is distinguished from %s after a restart', (_name, events, effect) => {
    const { state } = feed(shadow, events);
    let after: ShadowState = restarted(shadow, state);
    for (const event of [started, linkUp, holding(5)]) {
      after = shadow.step(after, event, moment).state;
    }
    const step = shadow.step(after, got({ volume: 7 }, reportOf(7), 5), moment);
    expect(summaries(step)[0]).toBe(effect);
  });

  it('is stored once per desired value, and other changes are not stored', () => {
    const { state } = feed(shadow, applied);
    expect(state.row).toEqual({ applied: { volume: 7 } });
    const later = [holding(7), delta({ nonsense: 1 }, 9), configured({ nonsense: 'unknown' })];
    const rows = later.map((_, i) => feed(shadow, [...applied, ...later.slice(0, i)]).state.row);
    expect(rows).toEqual(later.map(() => ({ applied: { volume: 7 } })));
    const cleared = feed(shadow, [...applied, holding(5), accepted(6)]).state.row;
    expect(cleared).toEqual({ applied: {} });
  });

  it('is not detected when the body does not name the setting any more', () => {
    expect(
      summaries(feed(shadow, [...applied, observed({ settings: { cleanMode: 'eco' } })])),
    ).toEqual(['body/configure {"volume":7}']);
  });

  it.each(['__proto__', 'toString', 'constructor'])(
    'is detected for a setting called %s',
    (name) => {
      const desired = JSON.parse(`{${JSON.stringify(name)}: 1}`);
      const body = (value: number) => JSON.parse(`{${JSON.stringify(name)}: ${value}}`);
      const events = [started, linkUp, observed({ settings: body(1) }), got(desired, {}, 5)];
      const step = feed(shadow, [...events, accepted(6), observed({ settings: body(2) })]);
      const text = JSON.stringify(payloads(step)[0]);
      expect(text).toContain(`"desired":{"settings":{"${name}":null}}`);
      expect(summaries(feed(shadow, [...events, updated('x')]))).toEqual(['timer/set shadow/gap']);
    },
  );
});
