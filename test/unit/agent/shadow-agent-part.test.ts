import { describe, expect, it } from 'vitest';
import { bootPart } from '../../../agent/shadow/agent-part.ts';
import { linkUp, observed } from '../../support/agent-body.ts';
import { feed } from '../../support/agent-machine.ts';
import { absent, shadow, token, updated } from '../../support/agent-shadow.ts';
import { onOld, startedOn } from '../../support/agent-updates.ts';

describe('the reported slots', () => {
  const fallback = { slot: 'b', reason: 'damaged', detail: 'the SHA-256 is another one' } as const;

  it.each([
    ['without a fallback', undefined, 'none'],
    ['a damaged slot', fallback, 'b damaged: the SHA-256 is another one'],
    [
      'one start',
      { ...fallback, reason: 'crashed', detail: 'exit code 1', starts: 1 } as const,
      'b crashed: exit code 1 (1 start)',
    ],
    [
      'several starts',
      { ...fallback, reason: 'hung', detail: 'x', starts: 6 } as const,
      'b hung: x (6 starts)',
    ],
    [
      'a text longer than the cloud returns',
      { ...fallback, detail: 'y'.repeat(500) },
      `b damaged: ${'y'.repeat(109)}`,
    ],
  ])('have a short text: %s', (_what, left, text) => {
    const boot = left === undefined ? onOld() : onOld({}, { fallback: left });
    expect(bootPart(boot)).toEqual({ slot: 'a', fallback: text });
  });

  it('report when storage becomes reduced and when it recovers', () => {
    const reduced = { type: 'storage/changed', storage: 'reduced: store-full' } as const;
    const at = [startedOn(onOld()), reduced, linkUp, observed(), absent];
    const first = feed(shadow, at);
    expect(JSON.stringify(first.effects)).toContain('"storage":"reduced: store-full"');
    const back = [updated(token), { type: 'storage/changed', storage: 'ok' } as const];
    expect(JSON.stringify(feed(shadow, [...at, ...back]).effects)).toContain('"storage":"ok"');
  });

  it('are in the reported state', () => {
    const events = [startedOn(onOld({}, { fallback })), linkUp, observed(), absent];
    const { effects = [] } = feed(shadow, events);
    const text = JSON.stringify(effects);
    expect(text).toContain('"fallback":"b damaged: the SHA-256 is another one"');
    expect(text).toContain('"storage":"ok"');
  });
});
