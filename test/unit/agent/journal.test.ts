import { spy } from 'sinon';
import { describe, expect, it } from 'vitest';
import { labelsMax } from '../../../agent/io/counts.ts';
import { createJournal } from '../../../agent/io/journal.ts';
import { silentLog } from '../../../base/log.ts';

describe('the journal', () => {
  it('counts by name and label', () => {
    const journal = createJournal(silentLog);
    for (const name of ['published', 'kick-failed', 'published'] as const) journal.count(name);
    for (const code of ['a', 'b', 'a']) journal.count('storage-reduced', code);
    expect(journal.counts()).toEqual({
      ...{ published: 2, 'kick-failed': 1 },
      ...{ 'storage-reduced/a': 2, 'storage-reduced/b': 1 },
    });
  });

  it('counts a bounded number of labels of each counter; the rest is counted as `other`', () => {
    const journal = createJournal(silentLog);
    for (let i = 0; i < 1000; i++) journal.count('board-fault', `call-${i}`);
    journal.count('board-fault', 'call-0');
    journal.count('late-answer', 'call-999');
    expect(Object.keys(journal.counts())).toHaveLength(labelsMax + 2);
    expect(journal.counts()).toMatchObject({
      'board-fault/call-0': 2,
      [`board-fault/call-${labelsMax - 1}`]: 1,
      'board-fault/other': 1000 - labelsMax,
      'late-answer/call-999': 1,
    });
  });

  it('writes a note with its fields', () => {
    const log = { ...silentLog, warn: spy() };
    createJournal(log).note('warn', 'map given up', { mapId: 'm' });
    expect(log.warn.args).toEqual([[{ mapId: 'm' }, 'map given up']]);
  });

  it('logs a rejected message once per code, shortened, and counts each', () => {
    const log = { ...silentLog, warn: spy() };
    const journal = createJournal(log);
    for (let i = 0; i < 5; i++)
      journal.countRejected('not-json', `t${i}`.padEnd(500, 'x'), 'y'.repeat(99_999));
    journal.countRejected('too-large', 't', 'm');
    expect(journal.counts()).toEqual({ 'refused/not-json': 5, 'refused/too-large': 1 });
    expect(log.warn.callCount).toBe(2);
    expect(JSON.stringify(log.warn.firstCall.args).length).toBeLessThan(500);
  });
});
