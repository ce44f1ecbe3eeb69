import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import { readMessage } from '../../../agent/link/inbound.ts';
import { check } from '../../../protocol/codec.ts';
import { linkUp, observed, settings, started } from '../../support/agent-body.ts';
import { feed, payloads, summaries } from '../../support/agent-machine.ts';
import { fullReport, shadow, timestamp } from '../../support/agent-shadow.ts';

/** As a shadow that anybody may have written comes to the robot. */
function received(topic: string, document: string | object): Event {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  const read = readMessage('R1', `$aws/things/R1/shadow/${topic}`, new TextEncoder().encode(text));
  if (!read.ok || read.value === undefined) throw new Error(read.ok ? 'no use' : read.message);
  return read.value;
}

const gotState = (state: object | string): Event =>
  received(
    'get/accepted',
    `{"state":${typeof state === 'string' ? state : JSON.stringify(state)},"version":5,"timestamp":${timestamp}}`,
  );
const ready = [started, linkUp, observed({ settings: { childLock: false, passes: 1 } })];
const configure = ['body/configure {"childLock":true}', 'timer/set shadow/get'];

describe('a desired value beside malformed ones', () => {
  it.each<readonly [string, unknown, Record<string, string>]>([
    ['a list', [1], { passes: 'bad-value' }],
    ['an object', { a: 1 }, { passes: 'bad-value' }],
    ['null', null, { passes: 'bad-value' }],
    ['a long text', 'x'.repeat(300), { passes: 'bad-value' }],
  ])('is applied, and %s is reported as rejected', (_name, passes, refused) => {
    const malformed = gotState({ desired: { settings: { passes, childLock: true } } });
    expect(summaries(feed(shadow, [...ready, malformed]))).toEqual(configure);
    const applied = observed({ settings: { childLock: true, passes: 1 } });
    const configured = { type: 'body/configured', refused: {} } as const;
    const [report] = payloads(feed(shadow, [...ready, malformed, configured, applied]));
    expect(report).toMatchObject({ state: { reported: { refused } } });
  });

  it('is applied from a delta too, and a valid value later ends the rejection', () => {
    const next = (version: number, passes: unknown) =>
      received('update/delta', {
        ...{ version, timestamp },
        state: { settings: { passes, childLock: true } },
      });
    const events = [...ready, gotState({}), next(6, [1])];
    expect(summaries(feed(shadow, events))).toEqual(configure.slice(0, 1));
    const { state } = feed(shadow, [...events, next(7, 2)]);
    expect(state.unreadable).toEqual({});
  });

  it.each([
    ['desired is a number', '{"desired":5}', { settings: 'bad-value' }],
    ['settings are a list', '{"desired":{"settings":[1]}}', { settings: 'bad-value' }],
    ['settings are text', '{"desired":{"settings":"all"}}', { settings: 'bad-value' }],
    ['others have their own sections', '{"desired":{"vac":[[1]]}}', {}],
    [
      'a value is nested deeply',
      `{"desired":{"settings":{"a":${'['.repeat(9000)}${']'.repeat(9000)}}}}`,
      { a: 'bad-value' },
    ],
    [
      'a name is __proto__',
      '{"desired":{"settings":{"__proto__":[1]}}}',
      JSON.parse('{"__proto__":"bad-value"}'),
    ],
    ['a name is empty', '{"desired":{"settings":{"":[1]}}}', { '': 'bad-value' }],
    ['a name has slashes', '{"desired":{"settings":{"a/b~c":[1]}}}', { 'a/b~c': 'bad-value' }],
  ])('does not exist when %s', (_name, document, refused) => {
    const [report] = payloads(feed(shadow, [...ready, gotState(document)]));
    const state = report?.['state'] as { reported: { refused: object } };
    expect(JSON.stringify(state.reported.refused)).toBe(JSON.stringify(refused));
  });

  it('gets a report that fits a shadow when there are 8 KB of malformed ones', () => {
    const junk = Object.fromEntries(Array.from({ length: 1200 }, (_, i) => [`j${i}`, [1]]));
    const step = feed(shadow, [
      ...ready,
      gotState({ desired: { settings: { ...junk, childLock: true } } }),
    ]);
    expect(summaries(step)).toEqual(configure);
    const configured = { type: 'body/configured', refused: {} } as const;
    const all = [...ready, gotState({ desired: { settings: junk } }), configured];
    const [report] = payloads(feed(shadow, all.slice(0, -1)));
    const state = report?.['state'] as { reported: { refused: object } };
    expect(JSON.stringify(report).length).toBeLessThan(4096);
    expect(Object.keys(state.reported.refused)).toHaveLength(32);
    expect(check('ShadowGetAccepted', { state, version: 1, timestamp })).toMatchObject({
      ok: true,
    });
  });
});

describe('a report that others have changed', () => {
  it('is corrected by name', () => {
    const reported = {
      ...fullReport,
      settings: { ...settings, strange: [1], other: 3 },
      refused: { old: { a: 1 } },
    };
    const [report] = payloads(feed(shadow, [started, linkUp, observed(), gotState({ reported })]));
    expect(report).toMatchObject({
      state: {
        reported: { settings: { ...settings, strange: null, other: null }, refused: { old: null } },
      },
    });
  });
});

describe('the time in an answer', () => {
  const stamp = (topic: string, body: string) =>
    readMessage('R1', `$aws/things/R1/${topic}`, new TextEncoder().encode(body)).stamped;
  it.each<readonly [string, string, string, boolean]>([
    ['a shadow without its version', 'shadow/get/accepted', `{"timestamp":${timestamp}}`, true],
    [
      'a malformed job',
      'jobs/$next/get/accepted',
      `{"timestamp":${timestamp},"execution":5}`,
      true,
    ],
    ['a malformed timestamp', 'shadow/get/accepted', '{"timestamp":"soon"}', false],
    ['text that is not JSON', 'shadow/get/accepted', '{', false],
    ['a list', 'shadow/get/accepted', '[]', false],
    ['a delta, which may be late', 'shadow/update/delta', `{"timestamp":${timestamp}}`, false],
  ])('is used or not: %s', (_name, topic, body, isUsed) => {
    expect(stamp(topic, body)).toEqual(
      isUsed ? { type: 'cloud/stamped', body: { timestamp } } : undefined,
    );
  });

  it("is not used from another robot's answer", () => {
    const bytes = new TextEncoder().encode(`{"timestamp":${timestamp}}`);
    const read = readMessage('R1', '$aws/things/R2/shadow/get/accepted', bytes);
    expect(read).not.toHaveProperty('stamped');
  });
});
