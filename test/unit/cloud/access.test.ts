import { describe, expect, it } from 'vitest';
import { maySubscribe, publishFault } from '../../../cloud-stub/access.ts';

const payload = { length: 1 };
const faultOf = (topic: string, change: object = {}) =>
  publishFault('R1', { topic, payload, qos: 0, retain: false, ...change });
const up = (rest: string) => `robots/R1/up/${rest}`;

describe('a publish', () => {
  it.each([
    up('missions/report'),
    '$aws/rules/reports/robots/R1/up/missions/report',
    '$aws/things/R1/shadow/get',
    '$aws/things/R1/shadow/name/lamp/update',
    // Seven slashes, and 256 bytes.
    up('a/b/c/d/e'),
    up('x'.repeat(256 - up('').length)),
    `$aws/rules/${'r'.repeat(100)}/${up('x'.repeat(256 - up('').length))}`,
  ])('to %s is allowed', (topic) => {
    expect(faultOf(topic)).toBeUndefined();
  });

  it.each<readonly [string, string, object]>([
    [up('a/b/c/d/e/f'), 'topic with more than 7 slashes', {}],
    [up('x'.repeat(257 - up('').length)), 'topic longer than 256 bytes', {}],
    [up('ä'.repeat(125)), 'topic longer than 256 bytes', {}],
    ['robots/R2/up/missions/report', 'topic not allowed', {}],
    ['$aws/things/R2/shadow/name/lamp/update', 'topic not allowed', {}],
    ['$aws/things/R1/shadow/name/lamp/update/delta', 'topic not allowed', {}],
    [up('time'), 'payload too large', { payload: { length: 128 * 1024 + 1 } }],
    [up('time'), 'QoS 2 is not served', { qos: 2 }],
    [up('time'), 'retained messages are not served', { retain: true }],
  ])('to %s is refused: %s', (topic, fault, change) => {
    expect(faultOf(topic, change)).toBe(fault);
  });
});

describe('a subscription', () => {
  it.each([
    'robots/R1/down/#',
    '$aws/things/R1/shadow/name/+/update/delta',
    '$aws/certificates/create-from-csr/json/+',
  ])('to %s is allowed', (filter) => {
    expect(maySubscribe('R1', filter)).toBe(true);
  });

  it.each([
    'robots/R2/down/#',
    'robots/+/down/#',
    '#',
    '$aws/things/R2/#',
    `robots/R1/down/${'a/'.repeat(6)}b`,
    `robots/R1/down/${'x'.repeat(256)}`,
  ])('to %s is refused', (filter) => {
    expect(maySubscribe('R1', filter)).toBe(false);
  });
});
