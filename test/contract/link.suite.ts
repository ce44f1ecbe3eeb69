import { describe, expect, it } from 'vitest';
import type { Observation } from '../../agent/events.ts';
import type { Link, LinkHandlers } from '../../agent/ports.ts';

/** A link, and the cloud at its other end. */
export interface LinkSubject extends AsyncDisposable {
  readonly link: Link;
  /** A topic to which the cloud responds with a message to this robot, and another topic that it may subscribe. */
  readonly requestTopic: string;
  readonly ownTopic: string;
  /** How the newest connection of this robot ended, as the cloud has it; null while it is connected. */
  endSeen(): string | null;
  /** Another client connects as this robot. */
  takeOver(): void;
  /** Lets the time pass that the agent keeps between two attempts. */
  pause(): Promise<void>;
  /** Lets the time pass that `isSo` needs. */
  until(isSo: () => boolean): Promise<void>;
}

/** What one run of the link reported, and its end. */
interface Run {
  readonly events: string[];
  readonly stop: AbortController;
  readonly seen: Observation[];
}

const bytes = (value: object) => new TextEncoder().encode(JSON.stringify(value));

/**
 * What the agent expects of its link, whatever the transport. `open` gives a robot that its cloud knows; `openMute` one
 * whose broker never sends CONNACK.
 */
export function linkContract(
  name: string,
  { open, openMute }: Record<'open' | 'openMute', () => Promise<LinkSubject>>,
): void {
  describe(`link contract: ${name}`, () => {
    const start = ({ link }: LinkSubject, stop = new AbortController()): Run => {
      const events: string[] = [];
      const seen: Observation[] = [];
      const handlers: LinkHandlers = {
        up: () => events.push('up'),
        message: (topic) => events.push(topic),
        skipped: () => events.push('skipped'),
        drained: () => events.push('drained'),
        proved: () => events.push('proved'),
      };
      void link.run('current', handlers, stop.signal).then((observation) => seen.push(observation));
      return { events, stop, seen };
    };
    const count = ({ events }: Run, event: string) => events.filter((one) => one === event).length;
    const up = async (subject: LinkSubject): Promise<Run> => {
      const run = start(subject);
      await subject.until(() => run.events.includes('up'));
      return run;
    };
    const request = ({ link, requestTopic }: LinkSubject) =>
      link.publish(requestTopic, bytes({ clientToken: 'x' }));
    const ended = (subject: LinkSubject, run: Run) => subject.until(() => run.seen.length > 0);
    const never = new AbortController().signal;
    const takesNothing = async (subject: LinkSubject): Promise<void> => {
      expect(request(subject)).toBe(false);
      const subscribed = subject.link.subscribe([subject.ownTopic], never);
      await expect(subscribed).rejects.toMatchObject({ code: 'link-down' });
    };

    it('rejects a publish before there is a connection', async () => {
      await using subject = await open();
      await takesNothing(subject);
      subject.link.probe();
      subject.link.close();
    });

    it('comes up once, publishes, and receives the response', async () => {
      await using subject = await open();
      const run = await up(subject);
      expect(request(subject)).toBe(true);
      const answer = `${subject.requestTopic}/rejected`;
      await subject.until(() => run.events.includes(answer));
      expect([count(run, 'up'), count(run, answer)]).toEqual([1, 1]);
      expect(run.seen).toEqual([]);
    });

    it('subscribes to more topics while it is up', async () => {
      await using subject = await open();
      await up(subject);
      let isDone = false;
      void subject.link.subscribe([subject.ownTopic], never).then(() => {
        isDone = true;
      });
      await subject.until(() => isDone);
    });

    it('reports only the newest of several probes, after the messages published before it', async () => {
      await using subject = await open();
      const run = await up(subject);
      request(subject);
      subject.link.probe();
      subject.link.probe();
      await subject.until(() => run.events.includes('proved'));
      await subject.until(() => run.events.includes(`${subject.requestTopic}/rejected`));
      // A later round shows that nothing more was to come of the first.
      request(subject);
      await subject.until(() => count(run, `${subject.requestTopic}/rejected`) === 2);
      expect(count(run, 'proved')).toBe(1);
    });

    it('sends DISCONNECT when it is closed, and rejects publishes and reports nothing afterwards', async () => {
      await using subject = await open();
      const run = await up(subject);
      request(subject);
      subject.link.close();
      await ended(subject, run);
      const { length } = run.events;
      expect(run.seen).toEqual([
        { kind: 'closed', code: 'requested', detail: 'ended by this robot' },
      ]);
      await takesNothing(subject);
      await subject.until(() => subject.endSeen() !== null);
      expect(subject.endSeen()).toBe('CLIENT_INITIATED_DISCONNECT');
      await subject.pause();
      expect([run.events.length, run.seen.length]).toEqual([length, 1]);
    });

    it('sends DISCONNECT when it is stopped while it is up', async () => {
      await using subject = await open();
      const run = await up(subject);
      run.stop.abort();
      await ended(subject, run);
      await takesNothing(subject);
      await subject.until(() => subject.endSeen() !== null);
      expect(subject.endSeen()).toBe('CLIENT_INITIATED_DISCONNECT');
      expect(run.events).toEqual(['up']);
    });

    it('never comes up when it is stopped before its start', async () => {
      await using subject = await open();
      const stop = new AbortController();
      stop.abort();
      const run = start(subject, stop);
      await ended(subject, run);
      expect(run.events).toEqual([]);
      await takesNothing(subject);
    });

    it('never comes up when it is stopped while it connects', async () => {
      await using subject = await open();
      const run = start(subject);
      run.stop.abort();
      await ended(subject, run);
      expect(run.events).toEqual([]);
      await takesNothing(subject);
    });

    it('goes down once when another client connects as the same robot', async () => {
      await using subject = await open();
      const run = await up(subject);
      subject.takeOver();
      await ended(subject, run);
      expect(run.seen).toMatchObject([{ kind: 'lost' }]);
      expect(run.events).toEqual(['up']);
      await takesNothing(subject);
    });

    it('connects again after its end, and reports one observation for each connection', async () => {
      await using subject = await open();
      const first = await up(subject);
      subject.link.close();
      await ended(subject, first);
      await subject.pause();
      const second = await up(subject);
      expect(request(subject)).toBe(true);
      await subject.until(() => second.events.length === 2);
      expect([first.events, first.seen.length, second.seen.length]).toEqual([['up'], 1, 0]);
    });

    it('rejects publishes before CONNACK, ignores close, and ends by its timeout', async () => {
      await using subject = await openMute();
      const run = start(subject);
      await subject.until(() => subject.endSeen() === null);
      await takesNothing(subject);
      subject.link.close();
      await ended(subject, run);
      expect(run.seen).toMatchObject([{ kind: 'timeout', code: 'connack' }]);
      expect(run.events).toEqual([]);
    });

    it('ends at once when it is stopped before CONNACK', async () => {
      await using subject = await openMute();
      const run = start(subject);
      await subject.until(() => subject.endSeen() === null);
      run.stop.abort();
      await ended(subject, run);
      expect(run.seen).toMatchObject([{ kind: expect.not.stringMatching('timeout') }]);
      expect(run.events).toEqual([]);
    });
  });
}
