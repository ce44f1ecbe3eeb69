import { describe, expect, it } from 'vitest';
import { beforeText } from '../../../tools/demo/steps/contact.ts';
import { progressOf } from '../../../tools/demo/update-job.ts';

const job = (status: string, detailsMap: Record<string, string> = {}) =>
  progressOf({ status, statusDetails: { detailsMap } } as Parameters<typeof progressOf>[0], 1000);

describe('the progress of an update', () => {
  it('is a share of the bytes while it downloads', () => {
    const [text, bytes] = ['downloading (250 B of 1.0 kB)', '250'];
    expect(job('IN_PROGRESS', { step: 'downloading', bytes })).toEqual({ part: 0.25, text });
  });

  it('is the name of the step alone when no share is known', () => {
    expect(job('QUEUED')).toEqual({ text: 'queued' });
    expect(job('IN_PROGRESS', { step: 'verifying' })).toEqual({ text: 'verifying' });
    expect(job('IN_PROGRESS', { step: 'downloading', bytes: '0' })).toEqual({
      text: 'downloading',
    });
    expect(job('FAILED', { step: 'reporting' })).toEqual({ text: 'FAILED' });
  });
});

describe('the text about the time before the link', () => {
  const link = (kind: string) =>
    ({ state: 'up', connects: 1, last: { kind, detail: 'closed' } }) as const;

  it('names the registration when the cloud has closed the first connection for it', () => {
    expect(beforeText(link('closed-early'), true)).toContain('to register the robot');
  });

  it('shows the last failure in every other case', () => {
    expect(beforeText(link('closed-early'), false)).toBe(', before that: closed');
    expect(beforeText(link('alert'), true)).toBe(', before that: closed');
    expect(beforeText({ ...link('alert'), last: null }, false)).toBe('');
  });
});
