import { expect, it } from 'vitest';
import { watchMachine } from '../../../agent/updates/watch.ts';
import { bodyEvent, observed, started, timer } from '../../support/agent-body.ts';
import { brief, type Heard, hear } from '../../support/agent-machine.ts';

const changed = { type: 'body/changed' } as const;
const unseen = { type: 'body/unseen', code: 'unavailable' } as const;

it.each<readonly [string, readonly Heard[], readonly string[]]>([
  ['looks at the start', [started], ['body/look']],
  ['does not look twice at once', [started, changed], []],
  ['looks again when something changed meanwhile', [started, changed, observed()], ['body/look']],
  ['rests after a look', [started, observed()], []],
  ['looks at each change', [started, observed(), changed], ['body/look']],
  ['repeats a look that failed', [started, unseen], ['timer/set watch/look']],
  ['a minute later', [started, unseen, timer('watch/look')], ['body/look']],
  ['hears no other timer', [started, unseen, timer('x')], []],
])('the watch %s', (_name, events, effects) => {
  expect(brief(hear(watchMachine, events))).toEqual(effects);
});

it('the watch reads old events once', () => {
  const events = [started, observed({}, [bodyEvent(7, 'a')]), changed];
  expect(hear(watchMachine, events).effects).toEqual([{ type: 'body/look', after: 7 }]);
});
