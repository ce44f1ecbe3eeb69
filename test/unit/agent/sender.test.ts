import { useFakeTimers } from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Observation } from '../../../agent/events.ts';
import type { AgentEffect as Effect } from '../../../agent/features.ts';
import { createTime } from '../../../agent/io/clock.ts';
import { createSender, type PublishBudget, type Sender } from '../../../agent/publish/sender.ts';
import { systemClock } from '../../../base/clock.ts';
import { memoryJournal } from '../../support/agent-journal.ts';

type Publish = Extract<Effect, { type: 'publish' }>;

const closed: Observation = { kind: 'lost', code: 'closed', detail: '' };

let clock: ReturnType<typeof useFakeTimers>;
/** What the broker has got, and the pings among it. */
let sent: string[];
let takes: boolean;
let journal: ReturnType<typeof memoryJournal>;
let sender: Sender;

beforeEach(() => {
  clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'] });
  sent = [];
  takes = true;
  make();
});
afterEach(() => clock.restore());

function make(budget: PublishBudget = { perS: 5, lowPriorityPerMin: 60 }): void {
  journal = memoryJournal();
  const link = {
    publish(topic: string, payload: Uint8Array) {
      if (takes) sent.push(`${topic} ${new TextDecoder().decode(payload).slice(0, 9)}`);
      return takes;
    },
    probe: () => void sent.push('ping'),
  };
  sender = createSender({ link, time: createTime(systemClock), journal, budget });
  sender.up();
}

const say = (topic: string, payload: object | number = 0, change: Partial<Publish> = {}) =>
  sender.send({ type: 'publish', topic, payload, ...change });
const lowPriority = (
  topic: string,
  payload: number,
  priority: 'progress' | 'telemetry' = 'progress',
) => say(topic, payload, { priority });
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `t ${from + n}`);

describe('the budget', () => {
  it('lets four seconds of the rate go at once, then the rate, and loses nothing', () => {
    for (let n = 0; n < 50; n++) say('t', n);
    expect(sent).toEqual(numbers(0, 20));
    clock.tick(1000);
    expect(sent).toEqual(numbers(0, 25));
    clock.tick(60_000);
    expect(sent).toEqual(numbers(0, 50));
  });

  it('counts every 5 KB that have begun', () => {
    const large = { text: 'x'.repeat(5 * 1024) };
    for (let n = 0; n < 20; n++) say('t', large);
    expect(sent).toHaveLength(10);
  });

  it('lets a message pass that is larger than all it holds', () => {
    make({ perS: 0.5, lowPriorityPerMin: 60 });
    say('t', { text: 'x'.repeat(100 * 1024) });
    say('t', 1);
    expect(sent).toHaveLength(1);
    clock.tick(60_000);
    expect(sent).toHaveLength(2);
  });

  it('makes progress wait for what must arrive, and telemetry for progress', () => {
    for (let n = 0; n < 20; n++) say('t', n);
    lowPriority('state', 1, 'telemetry');
    lowPriority('progress', 2);
    say('outcome', 3);
    sent.length = 0;
    clock.tick(1000);
    expect(sent).toEqual(['outcome 3', 'progress 2', 'state 1']);
  });

  it('a body that never stops to change does not make a robot that never stops to talk', () => {
    for (let n = 0; n < 10_000; n++) {
      lowPriority('progress', n);
      clock.tick(10);
    }
    clock.tick(1000);
    // 20 at once and one a second for 101 seconds, and the newest is among them.
    expect(sent.length).toBeLessThanOrEqual(121);
    expect(sent.at(-1)).toBe('progress 9999');
    expect(journal.counts()['publish-coalesced/progress']).toBe(10_000 - sent.length);
  });

  it('has bounded lanes, and counts what they have no room for', () => {
    for (let n = 0; n < 1000; n++) say('t', n);
    expect(sender.view()).toMatchObject({ waiting: 64 });
    expect(journal.counts()).toEqual({ published: 20, 'publish-dropped/must': 1000 - 84 });
  });
});

describe('a message', () => {
  it('waits for the socket, and goes when that is drained', () => {
    takes = false;
    say('t', 1);
    say('t', 2);
    takes = true;
    expect(sent).toEqual([]);
    sender.drained();
    expect(sent).toEqual(['t 1', 't 2']);
  });

  it('is not kept while the link is down, nor over its end', () => {
    sender.down(closed);
    say('t', 1);
    sender.up();
    takes = false;
    say('t', 2);
    sender.down(closed);
    takes = true;
    sender.up();
    sender.drained();
    expect(sent).toEqual([]);
    expect(journal.counts()).toEqual({ 'publish-not-taken': 2 });
  });

  it('that waited for the budget is not sent by the next connection', () => {
    for (let n = 0; n < 25; n++) say('t', n);
    sender.down({ ...closed, code: 'keep-alive' });
    sender.up();
    clock.tick(60_000);
    expect(sent).toHaveLength(20);
  });
});

describe('a message after which the broker has closed', () => {
  const roundTripMs = 10;
  /** The broker's answer to a ping. */
  const answer = () => {
    clock.tick(roundTripMs);
    sender.proved();
  };
  const held = () => clock.tick(30 * roundTripMs);
  const suspect = (...topics: string[]) => {
    for (const topic of topics) say(topic);
    const blames = sender.down(closed);
    sender.up();
    sent.length = 0;
    return blames;
  };
  /** The next connection, with a trial of `topic` that ends it. */
  const trial = (topic: string) => {
    say(topic);
    answer();
    held();
    answer();
    const blames = sender.down(closed);
    sender.up();
    return blames;
  };

  it('is held back while the connection shows that it lives, and all others are not', () => {
    expect(suspect('bad')).toEqual([{ about: 'bad', isLast: false }]);
    say('good', 1);
    say('bad');
    say('good', 2);
    expect(sent).toEqual(['good 1', 'ping', 'good 2']);
    answer();
    say('good', 3);
    clock.tick(30 * roundTripMs - 1);
    expect(sent).toEqual(['good 1', 'ping', 'good 2', 'good 3']);
    expect(sender.view()).toMatchObject({ held: 1 });
  });

  it('then goes alone, between two pings, and is free when it was read', () => {
    suspect('bad');
    say('bad');
    answer();
    held();
    expect(sent).toEqual(['ping', 'ping']);
    say('good');
    answer();
    expect(sent).toEqual(['ping', 'ping', 'bad 0', 'ping']);
    answer();
    expect(sent.slice(4)).toEqual(['good 0']);
    say('bad');
    expect(sent.slice(4)).toEqual(['good 0', 'bad 0']);
  });

  it('is tried at once on a connection that has shown that it lives', () => {
    suspect('one', 'two');
    say('one');
    answer();
    held();
    answer();
    answer();
    sent.length = 0;
    say('two');
    expect(sent).toEqual(['ping']);
    answer();
    expect(sent).toEqual(['ping', 'two 0', 'ping']);
  });

  it('is the newest of its kind, and several are tried one by one', () => {
    suspect('one', 'two');
    say('one', 1);
    say('two', 1);
    say('one', 2);
    answer();
    held();
    answer();
    answer();
    answer();
    expect(sent.filter((what) => what !== 'ping')).toEqual(['one 2', 'two 1']);
  });

  it('waits for the socket, and others go meanwhile', () => {
    suspect('bad');
    say('bad');
    answer();
    held();
    takes = false;
    answer();
    takes = true;
    say('good');
    expect(sent.at(-1)).toBe('good 0');
    clock.tick(1000);
    answer();
    expect(sent.slice(-2)).toEqual(['bad 0', 'ping']);
  });

  it('is set aside with its third trial, and all others go on', () => {
    suspect('good', 'bad');
    say('good');
    answer();
    held();
    answer();
    answer();
    sender.down({ ...closed, code: 'keep-alive' });
    sender.up();
    const blames = [trial('bad'), trial('bad'), trial('bad')].flat();
    expect(blames.map(({ isLast }) => isLast)).toEqual([false, false, true]);
    sent.length = 0;
    say('bad');
    say('good');
    expect(sent).toEqual(['good 0']);
    expect(sender.view()).toEqual({ waiting: 0, held: 0, skipped: ['bad'] });
    expect(journal.counts()).toMatchObject({ 'publish-skipped': 1 });
  });

  it('stays what it is when the network goes away, however often', () => {
    suspect('bad');
    for (let time = 0; time < 10; time++) {
      say('bad');
      answer();
      held();
      answer();
      expect(sender.down({ kind: 'lost', code: 'keep-alive', detail: '' })).toEqual([]);
      sender.up();
    }
    expect(sender.view()).toMatchObject({ skipped: [] });
  });

  it('is not blamed when its trial took long: the next one waits thirty times as long', () => {
    /** The next connection, which ends a second after the message was sent. */
    const slowTrial = (heldMs: number) => {
      say('large');
      answer();
      clock.tick(heldMs);
      answer();
      expect(sent.slice(-2)).toEqual(['large 0', 'ping']);
      clock.tick(1000);
      const blames = sender.down(closed);
      sender.up();
      sent.length = 0;
      return blames;
    };
    suspect('large');
    expect(slowTrial(30 * roundTripMs)).toEqual([{ about: 'large', isLast: false }]);
    const blames = [1, 2, 3].flatMap(() => slowTrial(30_000));
    expect(blames.map(({ isLast }) => isLast)).toEqual([false, false, true]);
  });

  it('is free when a connection ends without it', () => {
    trial('bad');
    trial('bad');
    say('bad');
    answer();
    expect(sender.down(closed)).toEqual([]);
    sender.up();
    sent.length = 0;
    say('bad');
    expect(sent).toEqual(['bad 0']);
  });

  it('is known by what it is about, whatever else it says', () => {
    say('t', 1, { about: 'report 7' });
    expect(sender.down(closed)).toEqual([{ about: 'report 7', isLast: false }]);
  });

  it('is not on trial any more when another connection is up, whatever became of the one before', () => {
    suspect('bad');
    say('bad');
    answer();
    held();
    say('lost with it');
    sender.up();
    sent.length = 0;
    say('good');
    expect(sent).toEqual(['good 0']);
  });

  it('does not stop the others for ever when the broker does not answer', () => {
    suspect('bad');
    say('bad');
    answer();
    held();
    say('good');
    expect(sent).toEqual(['ping', 'ping']);
    clock.tick(300_000);
    expect(sent).toEqual(['ping', 'ping', 'good 0']);
    expect(sender.view()).toMatchObject({ waiting: 0, held: 0 });
  });

  it('finds no more room than sixteen have', () => {
    const topics = Array.from({ length: 20 }, (_, n) => `t${n}`);
    suspect(...topics);
    clock.tick(10_000);
    for (const topic of topics) say(topic);
    expect(sender.view()).toMatchObject({ waiting: 0, held: 16 });
    expect(journal.counts()).toMatchObject({ 'publish-dropped/suspect': 4 });
  });
});

it('drops a message that no cloud takes, and says which one and why', () => {
  say('large', { text: 'x'.repeat(128 * 1024) });
  say('t', 1);
  expect(sent).toEqual(['t 1']);
  expect(journal.counts()).toMatchObject({ 'publish-dropped/too-large': 1 });
  expect(journal.notes).toEqual([
    {
      level: 'warn',
      text: 'publish dropped: larger than the cloud takes',
      about: { topic: 'large', byteCount: 131_083, bytesMax: 131_072 },
    },
  ]);
});
