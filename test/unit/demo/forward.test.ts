import { describe, expect, it } from 'vitest';
import { showForward } from '../../../tools/demo/forward.ts';
import type { Progress } from '../../../tools/demo/screen.ts';

describe('the progress of one piece of work', () => {
  it('never goes back, whichever source reports it, and keeps steps without a share', () => {
    const shown: string[] = [];
    const progress = showForward({
      progress: (label, { text }) => void shown.push(`${label} ${text}`),
    });
    const reports: [string, Progress][] = [
      ['cloud', { part: 0.3, text: '30' }],
      ['bench', { part: 0.5, text: '50' }],
      ['cloud', { part: 0.4, text: 'stale' }],
      ['cloud', { part: 0, text: 'stale' }],
      ['cloud', { text: 'reboots' }],
      ['cloud', { part: 0.49, text: 'stale' }],
      ['cloud', { part: 0.5, text: '50 again' }],
    ];
    for (const [label, now] of reports) progress(label, now);
    expect(shown).toEqual(['cloud 30', 'bench 50', 'cloud reboots', 'cloud 50 again']);
  });
});
