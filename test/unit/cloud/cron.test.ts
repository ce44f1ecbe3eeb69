import { describe, expect, it } from 'vitest';
import { nextAfter, parseCron } from '../../../cloud-stub/services/cron.ts';

const occurrences = (text: string, from: string, count: number): string[] => {
  const cron = parseCron(text);
  if (!cron.ok) throw new Error(cron.message);
  const found: string[] = [];
  for (let ms: number | undefined = Date.parse(from); found.length < count; ) {
    ms = nextAfter(cron.value, ms);
    if (ms === undefined) break;
    found.push(new Date(ms).toISOString().slice(0, 16));
  }
  return found;
};

describe('a cron expression', () => {
  it.each([
    ['cron(30 2 * * ? *)', '2026-11-30T02:30Z', ['2026-12-01T02:30', '2026-12-02T02:30']],
    ['cron(0 18 ? * MON-FRI *)', '2026-11-27T18:00Z', ['2026-11-30T18:00', '2026-12-01T18:00']],
    ['cron(0 4 ? * SUN *)', '2026-11-30T00:00Z', ['2026-12-06T04:00', '2026-12-13T04:00']],
    ['cron(55/1 3 * * ? *)', '2026-11-30T03:55Z', ['2026-11-30T03:56', '2026-11-30T03:57']],
    ['cron(0 4 ? * 1 *)', '2026-11-30T00:00Z', ['2026-12-06T04:00', '2026-12-13T04:00']],
    ['cron(0/20 3 1 * ? *)', '2026-11-30T00:00Z', ['2026-12-01T03:00', '2026-12-01T03:20']],
    ['cron(0 0 31 * ? *)', '2026-11-30T00:00Z', ['2026-12-31T00:00', '2027-01-31T00:00']],
    ['cron(0 0 29 2 ? *)', '2026-11-30T00:00Z', ['2028-02-29T00:00', '2032-02-29T00:00']],
    ['cron(5,10 8-9 ? jan,Jul TUE 2027)', '2026-11-30T00:00Z', ['2027-01-05T08:05']],
    ['cron(15 23 ? 1/6 * *)', '2026-12-31T23:15Z', ['2027-01-01T23:15', '2027-01-02T23:15']],
  ])('%s after %s', (text, from, expected) => {
    expect(occurrences(text, from, expected.length)).toEqual(expected);
  });

  it('that never comes has no occurrence', () => {
    expect(occurrences('cron(0 0 30 2 ? *)', '2026-11-30T00:00Z', 1)).toEqual([]);
    expect(occurrences('cron(0 0 1 1 ? 2020)', '2026-11-30T00:00Z', 1)).toEqual([]);
  });

  it('crosses the year 2100, which has no February 29', () => {
    expect(occurrences('cron(0 0 29 2 ? *)', '2096-03-01T00:00Z', 1)).toEqual(['2104-02-29T00:00']);
  });

  it.each([
    'rate(1 day)',
    'cron()',
    'cron(0 0 * * *)',
    'cron(0 0 * * * *)',
    'cron(0 0 ? * ? *)',
    'cron(60 0 * * ? *)',
    'cron(0 24 * * ? *)',
    'cron(0 0 0 * ? *)',
    'cron(0 0 L * ? *)',
    'cron(0 0 ? * MON#1 *)',
    'cron(0 0 * 13 ? *)',
    'cron(0 0 ? * 8 *)',
    'cron(5-1 0 * * ? *)',
    'cron(*/0 0 * * ? *)',
    'cron(1/2/3 0 * * ? *)',
    'cron(? 0 * * ? *)',
    'cron(-1 0 * * ? *)',
    'cron(0 0 * * ? 99999)',
    'cron(0 0 * * ? *) ',
    'cron(cron(0 0 * * ? *))',
  ])('%s is an error', (text) => {
    expect(parseCron(text)).toMatchObject({ ok: false, code: 'InvalidRequest' });
  });
});
