import { describe, expect, it } from 'vitest';
import { linkUp, observed, started, timer } from '../../support/agent-body.ts';
import { feed, summaries, type Timed } from '../../support/agent-machine.ts';
import { delta, got, shadow, token, updated } from '../../support/agent-shadow.ts';

const ready = [started, linkUp, observed(), got({}, {}, 5)];
const gap = 'timer/set shadow/gap';
const requestEffects = ['publish shadow/get', 'timer/set shadow/get'];

describe('a version of the shadow', () => {
  it.each<readonly [string, readonly Timed[], readonly string[]]>([
    ['is no gap when it is our own next one', [updated(token)], []],
    ["waits for its delta when it is another client's", [updated('x')], [gap]],
    [
      "is no gap when it is another client's and its delta has arrived",
      [updated('x'), delta({ volume: 5 }, 6), timer('shadow/gap')],
      [],
    ],
    [
      'causes a get when its delta does not arrive',
      [updated('x'), timer('shadow/gap')],
      requestEffects,
    ],
    [
      'causes a get when a message was dropped here',
      [{ type: 'news/missed' }, timer('shadow/gap')],
      requestEffects,
    ],
    [
      'causes no get when it was received meanwhile',
      [updated('x'), got({}, {}, 6), timer('shadow/gap')],
      [],
    ],
  ])('%s', (_name, events, effects) => {
    const summary = summaries(feed(shadow, [...ready, ...events]));
    expect(summary.filter((one) => one === gap || requestEffects.includes(one))).toEqual(effects);
  });
});
