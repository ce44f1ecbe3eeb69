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
let isSocketReady: boolean;
let journal: ReturnType<typeof memoryJournal>;
let sender: Sender;

beforeEach(() => {
  clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'] });
  sent = [];
  isSocketReady = true;
  createWith();
});
afterEach(() => clock.restore());

function createWith(budget: PublishBudget = { perS: 5, lowPriorityPerMin: 60 }): void {
  journal = memoryJournal();
  const link = {
    publish(topic: string, payload: Uint8Array) {
      if (isSocketReady) sent.push(`${topic} ${new TextDecoder().decode(payload).slice(0, 9)}`);
      return isSocketReady;
    },
    probe: () => void sent.push('ping'),
  };
  sender = createSender({ link, time: createTime(systemClock), journal, budget });
  sender.up();
}

const send = (topic: string, payload: object | number = 0, change: Partial<Publish> = {}) =>
  sender.send({ type: 'publish', topic, payload, ...change });
const lowPriority = (
  topic: string,
  payload: number,
  priority: 'progress' | 'telemetry' = 'progress',
) => send(topic, payload, { priority });
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `t ${from + n}`);

describe('the budget', () => {
  it('sends four seconds of the rate at once and the rest at the rate, and drops nothing', () => {
    for (let n = 0; n < 50; n++) send('t', n);
    expect(sent).toEqual(numbers(0, 20));
    clock.tick(1000);
    expect(sent).toEqual(numbers(0, 25));
    clock.tick(60_000);
    expect(sent).toEqual(numbers(0, 50));
  });

  it('counts every started 5 KB', () => {
    const large = { text: 'x'.repeat(5 * 1024) };
    for (let n = 0; n < 20; n++) send('t', large);
    expect(sent).toHaveLength(10);
  });

  it('passes a message that is larger than the whole burst', () => {
    createWith({ perS: 0.5, lowPriorityPerMin: 60 });
    send('t', { text: 'x'.repeat(100 * 1024) });
    send('t', 1);
    expect(sent).toHaveLength(1);
    clock.tick(60_000);
    expect(sent).toHaveLength(2);
  });

  it('sends telemetry after progress, and progress after messages that must arrive', () => {
    for (let n = 0; n < 20; n++) send('t', n);
    lowPriority('state', 1, 'telemetry');
    lowPriority('progress', 2);
    send('outcome', 3);
    sent.length = 0;
    clock.tick(1000);
    expect(sent).toEqual(['outcome 3', 'progress 2', 'state 1']);
  });

  it('limits the progress of a body that changes all the time', () => {
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

  it('bounds its queues and counts what it drops', () => {
    for (let n = 0; n < 1000; n++) send('t', n);
    expect(sender.view()).toMatchObject({ waiting: 64 });
    expect(journal.counts()).toEqual({ published: 20, 'publish-dropped/must': 1000 - 84 });
  });
});

describe('a message', () => {
  it('waits for the socket and is sent when that is drained', () => {
    isSocketReady = false;
    send('t', 1);
    send('t', 2);
    isSocketReady = true;
    expect(sent).toEqual([]);
    sender.drained();
    expect(sent).toEqual(['t 1', 't 2']);
  });

  it('is not queued while the link is down, nor over its end', () => {
    sender.down(closed);
    send('t', 1);
    sender.up();
    isSocketReady = false;
    send('t', 2);
    sender.down(closed);
    isSocketReady = true;
    sender.up();
    sender.drained();
    expect(sent).toEqual([]);
    expect(journal.counts()).toEqual({ 'publish-not-taken': 2 });
  });

  it('is not sent on the next connection when it waited for the budget', () => {
    for (let n = 0; n < 25; n++) send('t', n);
    sender.down({ ...closed, code: 'keep-alive' });
    sender.up();
    clock.tick(60_000);
    expect(sent).toHaveLength(20);
  });
});

describe('a message after which the broker has closed', () => {
  const roundTripMs = 10;
  /** The broker's answer to a ping. */
  const answerPing = () => {
    clock.tick(roundTripMs);
    sender.proved();
  };
  const waitUntilStable = () => clock.tick(30 * roundTripMs);
  const suspect = (...topics: string[]) => {
    for (const topic of topics) send(topic);
    const blames = sender.down(closed);
    sender.up();
    sent.length = 0;
    return blames;
  };
  /** The next connection, with a trial of `topic` that ends it. */
  const probe = (topic: string) => {
    send(topic);
    answerPing();
    waitUntilStable();
    answerPing();
    const blames = sender.down(closed);
    sender.up();
    return blames;
  };

  it('is held back until the connection has proved stable, and all others are sent', () => {
    expect(suspect('bad')).toEqual([{ about: 'bad', isLast: false }]);
    send('good', 1);
    send('bad');
    send('good', 2);
    expect(sent).toEqual(['good 1', 'ping', 'good 2']);
    answerPing();
    send('good', 3);
    clock.tick(30 * roundTripMs - 1);
    expect(sent).toEqual(['good 1', 'ping', 'good 2', 'good 3']);
    expect(sender.view()).toMatchObject({ held: 1 });
  });

  it('is sent alone between two pings, and is cleared when it was read', () => {
    suspect('bad');
    send('bad');
    answerPing();
    waitUntilStable();
    expect(sent).toEqual(['ping', 'ping']);
    send('good');
    answerPing();
    expect(sent).toEqual(['ping', 'ping', 'bad 0', 'ping']);
    answerPing();
    expect(sent.slice(4)).toEqual(['good 0']);
    send('bad');
    expect(sent.slice(4)).toEqual(['good 0', 'bad 0']);
  });

  it('is probed at once on a connection that has proved stable', () => {
    suspect('one', 'two');
    send('one');
    answerPing();
    waitUntilStable();
    answerPing();
    answerPing();
    sent.length = 0;
    send('two');
    expect(sent).toEqual(['ping']);
    answerPing();
    expect(sent).toEqual(['ping', 'two 0', 'ping']);
  });

  it('is the newest with its topic, and several are probed one by one', () => {
    suspect('one', 'two');
    send('one', 1);
    send('two', 1);
    send('one', 2);
    answerPing();
    waitUntilStable();
    answerPing();
    answerPing();
    answerPing();
    expect(sent.filter((what) => what !== 'ping')).toEqual(['one 2', 'two 1']);
  });

  it('waits for the socket while others are sent', () => {
    suspect('bad');
    send('bad');
    answerPing();
    waitUntilStable();
    isSocketReady = false;
    answerPing();
    isSocketReady = true;
    send('good');
    expect(sent.at(-1)).toBe('good 0');
    clock.tick(1000);
    answerPing();
    expect(sent.slice(-2)).toEqual(['bad 0', 'ping']);
  });

  it('is quarantined with its third blame, and all others are sent', () => {
    suspect('good', 'bad');
    send('good');
    answerPing();
    waitUntilStable();
    answerPing();
    answerPing();
    sender.down({ ...closed, code: 'keep-alive' });
    sender.up();
    const blames = [probe('bad'), probe('bad'), probe('bad')].flat();
    expect(blames.map(({ isLast }) => isLast)).toEqual([false, false, true]);
    sent.length = 0;
    send('bad');
    send('good');
    expect(sent).toEqual(['good 0']);
    expect(sender.view()).toEqual({ waiting: 0, held: 0, skipped: ['bad'] });
    expect(journal.counts()).toMatchObject({ 'publish-skipped': 1 });
  });

  it('stays a suspect when the network fails, however often', () => {
    suspect('bad');
    for (let time = 0; time < 10; time++) {
      send('bad');
      answerPing();
      waitUntilStable();
      answerPing();
      expect(sender.down({ kind: 'lost', code: 'keep-alive', detail: '' })).toEqual([]);
      sender.up();
    }
    expect(sender.view()).toMatchObject({ skipped: [] });
  });

  it('is not blamed when its probe was slow: the next probe waits thirty times as long', () => {
    /** The next connection, which ends a second after the message was sent. */
    const probeSlowly = (heldMs: number) => {
      send('large');
      answerPing();
      clock.tick(heldMs);
      answerPing();
      expect(sent.slice(-2)).toEqual(['large 0', 'ping']);
      clock.tick(1000);
      const blames = sender.down(closed);
      sender.up();
      sent.length = 0;
      return blames;
    };
    suspect('large');
    expect(probeSlowly(30 * roundTripMs)).toEqual([{ about: 'large', isLast: false }]);
    const blames = [1, 2, 3].flatMap(() => probeSlowly(30_000));
    expect(blames.map(({ isLast }) => isLast)).toEqual([false, false, true]);
  });

  it('is cleared when a connection ends without it', () => {
    probe('bad');
    probe('bad');
    send('bad');
    answerPing();
    expect(sender.down(closed)).toEqual([]);
    sender.up();
    sent.length = 0;
    send('bad');
    expect(sent).toEqual(['bad 0']);
  });

  it('is identified by `about`, whatever its payload', () => {
    send('t', 1, { about: 'report 7' });
    expect(sender.down(closed)).toEqual([{ about: 'report 7', isLast: false }]);
  });

  it('is not probed any more when another connection is up', () => {
    suspect('bad');
    send('bad');
    answerPing();
    waitUntilStable();
    send('lost with it');
    sender.up();
    sent.length = 0;
    send('good');
    expect(sent).toEqual(['good 0']);
  });

  it('does not block the others for ever when the broker does not answer', () => {
    suspect('bad');
    send('bad');
    answerPing();
    waitUntilStable();
    send('good');
    expect(sent).toEqual(['ping', 'ping']);
    clock.tick(300_000);
    expect(sent).toEqual(['ping', 'ping', 'good 0']);
    expect(sender.view()).toMatchObject({ waiting: 0, held: 0 });
  });

  it('is dropped when sixteen suspects are held back', () => {
    const topics = Array.from({ length: 20 }, (_, n) => `t${n}`);
    suspect(...topics);
    clock.tick(10_000);
    for (const topic of topics) send(topic);
    expect(sender.view()).toMatchObject({ waiting: 0, held: 16 });
    expect(journal.counts()).toMatchObject({ 'publish-dropped/suspect': 4 });
  });
});

it('drops a message larger than the cloud accepts, and logs which one and why', () => {
  send('large', { text: 'x'.repeat(128 * 1024) });
  send('t', 1);
  expect(sent).toEqual(['t 1']);
  expect(journal.counts()).toMatchObject({ 'publish-dropped/too-large': 1 });
  expect(journal.notes).toEqual([
    {
      level: 'warn',
      text: 'publish dropped: larger than the cloud accepts',
      about: { topic: 'large', byteCount: 131_083, bytesMax: 131_072 },
    },
  ]);
});
