import { describe, expect, it } from 'vitest';
import { linkUp, observed, started, timer } from '../../support/agent-body.ts';
import { feed, summaries, type Timed } from '../../support/agent-machine.ts';
import { delta, got, shadow, token, updated } from '../../support/agent-shadow.ts';

const ready = [started, linkUp, observed(), got({}, {}, 5)];
const gap = 'timer/set shadow/gap';
const look = ['publish shadow/get', 'timer/set shadow/get'];

describe('a version of the shadow that', () => {
  it.each<readonly [string, readonly Timed[], readonly string[]]>([
    ['is our own next one is no gap', [updated(token)], []],
    ['is of others waits for its delta', [updated('x')], [gap]],
    [
      'is of others and has its delta is no gap',
      [updated('x'), delta({ volume: 5 }, 6), timer('shadow/gap')],
      [],
    ],
    ['stays without a delta is looked for', [updated('x'), timer('shadow/gap')], look],
    [
      'news that was dropped here suggests is looked for',
      [{ type: 'news/missed' }, timer('shadow/gap')],
      look,
    ],
    ['was seen meanwhile is not', [updated('x'), got({}, {}, 6), timer('shadow/gap')], []],
  ])('%s', (_name, events, effects) => {
    const said = summaries(feed(shadow, [...ready, ...events]));
    expect(said.filter((one) => one === gap || look.includes(one))).toEqual(effects);
  });
});
