import { describe, expect, it } from 'vitest';
import { check, decode, encode, jsonBytes, parseJson } from '../../../protocol/codec.ts';
import { codes } from '../../../protocol/codes.ts';
import { limits } from '../../../protocol/limits.ts';
import type { MissionEvent } from '../../../protocol/schemas/missions.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const missionsRequest = { v: 1, epoch: '9f86d081884c7d65', from: 1, to: 2 } as const;

describe('bytes from outside', () => {
  it('are accepted up to the limit and rejected above it, before they are parsed', () => {
    const full = bytes(`"${'x'.repeat(limits.messageBytesMax - 2)}"`);
    expect(full.byteLength).toBe(limits.messageBytesMax);
    expect(parseJson(full).ok).toBe(true);
    expect(parseJson(bytes(`"${'x'.repeat(limits.messageBytesMax - 1)}"`))).toEqual({
      ok: false,
      code: 'too-large',
      message: `${limits.messageBytesMax + 1} bytes, at most ${limits.messageBytesMax} are taken`,
    });
    expect(parseJson(bytes('[1,2]'), 4)).toMatchObject({ ok: false, code: 'too-large' });
    expect(decode('MissionsRequest', new Uint8Array(limits.messageBytesMax + 1))).toMatchObject({
      code: 'too-large',
    });
  });

  it.each([
    ['nothing', bytes('')],
    ['no JSON', bytes('hello')],
    ['an incomplete document', bytes('{"v":1,')],
    ['a document and more', bytes('{"v":1} {"v":1}')],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22])],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
    ['a surrogate half in UTF-8', new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['ten thousand brackets', bytes('['.repeat(10_000))],
  ])('are rejected without an exception: %s', (_what, payload) => {
    expect(parseJson(payload)).toMatchObject({ ok: false, code: 'not-json' });
    expect(decode('Command', payload)).toMatchObject({ ok: false, code: 'not-json' });
  });

  it('are not quoted in the error, because they may hold a secret', () => {
    const result = parseJson(bytes('{"token":"s3cret"'));
    expect(result.ok ? '' : result.message).not.toContain('s3cret');
  });

  it.each(['null', '0', '"text"', '[]', 'true', '[[[[[[]]]]]]'])(
    'are no message when they are %s',
    (text) => {
      expect(decode('Command', bytes(text))).toMatchObject({ ok: false, code: 'wrong-schema' });
    },
  );

  it('cannot reach the prototype of objects', () => {
    const text = '{"v":1,"epoch":"9f86d081884c7d65","from":1,"to":2,"__proto__":{"polluted":1}}';
    expect(decode('MissionsRequest', bytes(text)).ok).toBe(true);
    expect('polluted' in {}).toBe(false);
    // What is inherited is no field of the message.
    expect(check('MissionsRequest', JSON.parse('{"__proto__":{"v":1}}')).ok).toBe(false);
  });
});

describe('messages', () => {
  it('are decoded as they were encoded', () => {
    expect(decode('MissionsRequest', encode('MissionsRequest', missionsRequest))).toEqual({
      ok: true,
      value: missionsRequest,
    });
  });

  it('are measured in bytes of UTF-8', () => {
    expect(jsonBytes('ä')).toBe(4);
    expect(jsonBytes({ a: '🤖' })).toBe(12);
  });

  it('are rejected with a code and the path of the fault', () => {
    const result = check('MissionsRequest', { ...missionsRequest, to: 'soon' });
    expect(result).toEqual({ ok: false, code: 'wrong-schema', message: '/to must be integer' });
    expect(Object.keys(codes)).toContain('wrong-schema');
  });

  it('hold a bounded number of events and reports', () => {
    const event: MissionEvent = { seq: 1, type: 'stuck', atS: 1 };
    const stamp = { wallMs: 0, quality: 'unset', boot: 1, monoMs: 0 };
    const document = (events: number) => ({
      v: 1,
      missionId: '9f86d081884c7d65-1',
      ended: true,
      boot: 1,
      revision: 1,
      phase: 'charge',
      initiator: 'cloud',
      started: stamp,
      updated: stamp,
      durations: { runS: 0, pauseS: 0, chargeS: 0, clockSpeed: 1 },
      area: { cleanedM2: 0, reachableM2: 0 },
      counters: { stuck: 0, recharges: 0, droppedEvents: 0 },
      batteryPct: 50,
      events: Array.from({ length: events }, () => event),
    });
    const list = (reports: number) => ({
      v: 1,
      reports: Array.from({ length: reports }, () => document(0)),
    });
    expect(check('MissionDocument', document(limits.documentEventsMax)).ok).toBe(true);
    expect(check('MissionDocument', document(limits.documentEventsMax + 1))).toMatchObject({
      message: expect.stringMatching(/^\/events /),
    });
    expect(check('ReportList', list(limits.reportsPerListMax)).ok).toBe(true);
    expect(check('ReportList', list(limits.reportsPerListMax + 1)).ok).toBe(false);
  });
});
