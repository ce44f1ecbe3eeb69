import { describe, expect, it } from 'vitest';
import { firstStage, ofClose, ofError, ofTimeout, type Stage } from '../../../agent/io/observe.ts';

const failure = (message: string, code?: unknown) => Object.assign(new Error(message), { code });
/** As OpenSSL writes it. */
const alert = (number: number) =>
  failure(
    `00:error:0A:SSL routines:ssl3_read_bytes:some alert:x.c:916:SSL alert number ${number}\n`,
  );

// What cannot well be made to happen on one machine; the rest is in test/integration/agent-link*.test.ts.
describe('an observation', () => {
  it.each<readonly [number, string]>([
    [42, 'bad-certificate'],
    [44, 'certificate-revoked'],
    [45, 'certificate-expired'],
    [48, 'unknown-ca'],
    [199, 'alert-199'],
  ])('of the alert %i has its name, %s, at every stage', (number, code) => {
    for (const stage of ['tls', 'connack', 'suback', 'up'] as const) {
      expect(ofError(alert(number), { stage })).toMatchObject({ kind: 'alert', code });
    }
  });

  it.each<readonly [Stage, string, string, string]>([
    ['dns', 'EAI_AGAIN', 'unreachable', 'EAI_AGAIN'],
    ['tcp', 'EHOSTUNREACH', 'unreachable', 'EHOSTUNREACH'],
    ['tcp', 'ETIMEDOUT', 'unreachable', 'ETIMEDOUT'],
    ['tls', 'ETIMEDOUT', 'tls', 'ETIMEDOUT'],
    ['connack', 'EPIPE', 'closed-early', 'EPIPE'],
    ['up', 'ETIMEDOUT', 'lost', 'ETIMEDOUT'],
  ])('at the stage %s with %s is %s %s', (stage, given, kind, code) => {
    expect(ofError(failure('', given), { stage })).toEqual({ kind, code, detail: given });
  });

  it.each<readonly [Stage, string]>([
    ['dns', 'no answer from the name service within 5 ms'],
    ['tcp', 'no TCP connection within 5 ms'],
  ])('of a timeout at the stage %s says so', (stage, detail) => {
    expect(ofTimeout({ stage }, 5)).toEqual({ kind: 'timeout', code: stage, detail });
  });

  it('of an end before there was a connection is `unreachable`', () => {
    expect(ofClose({ stage: 'tcp' })).toMatchObject({ kind: 'unreachable' });
  });

  it('starts with the name service, or with TCP for an address', () => {
    expect(['localhost', '127.0.0.1', '::1'].map(firstStage)).toEqual(['dns', 'tcp', 'tcp']);
  });
});
