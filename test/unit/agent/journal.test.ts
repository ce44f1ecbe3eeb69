import { spy } from 'sinon';
import { describe, expect, it } from 'vitest';
import { createJournal } from '../../../agent/io/journal.ts';
import { silentLog } from '../../../base/log.ts';

describe('the journal', () => {
  it('counts by name', () => {
    const journal = createJournal(silentLog);
    for (const name of ['a', 'b', 'a']) journal.count(name);
    expect(journal.counts()).toEqual({ a: 2, b: 1 });
  });

  it('knows a bounded number of names; the rest is counted as one', () => {
    const journal = createJournal(silentLog);
    for (let i = 0; i < 1000; i++) journal.count(`name-${i}`);
    journal.count('name-0');
    const counts = journal.counts();
    expect(Object.keys(counts)).toHaveLength(201);
    expect(counts).toMatchObject({ 'name-0': 2, 'name-199': 1, other: 800 });
  });

  it('notes with what it is about', () => {
    const log = { ...silentLog, warn: spy() };
    createJournal(log).note('warn', 'map given up', { mapId: 'm' });
    expect(log.warn.args).toEqual([[{ mapId: 'm' }, 'map given up']]);
  });

  it('logs a refused message once per code, cut short, and counts each', () => {
    const log = { ...silentLog, warn: spy() };
    const journal = createJournal(log);
    for (let i = 0; i < 5; i++)
      journal.refused('not-json', `t${i}`.padEnd(500, 'x'), 'y'.repeat(99_999));
    journal.refused('too-large', 't', 'm');
    expect(journal.counts()).toEqual({ 'refused/not-json': 5, 'refused/too-large': 1 });
    expect(log.warn.callCount).toBe(2);
    expect(JSON.stringify(log.warn.firstCall.args).length).toBeLessThan(500);
  });
});
