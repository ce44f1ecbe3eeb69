import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RobotClient } from '../support/cloud-client.ts';
import type { Identity } from '../support/cloud-pki.ts';
import { until } from '../support/cloud-until.ts';

/** A broker with the cloud behind it, and robots with real certificates. */
export interface ForeignTopicsBroker extends AsyncDisposable {
  /** A robot that the broker admits. */
  mint(name: string): Promise<Identity>;
  connect(identity: Identity, options?: Parameters<Connect>[2]): Promise<RobotClient>;
}
type Connect = typeof import('../support/cloud-client.ts').connectRobot;

/**
 * No robot reads or writes another's topics, whatever it tries. Some brokers end the connection, others drop in silence, so
 * the proof is what arrives: the cloud answers each time request to the robot that sent it, and the response to a later
 * request shows that all earlier messages have been handled.
 */
export function foreignTopicsSuite(name: string, start: () => Promise<ForeignTopicsBroker>): void {
  // A client whose connection was closed never gets a SUBACK, which must not take ten minutes to be seen.
  describe(`a robot with the topics of another robot, on ${name}`, () => {
    let broker: ForeignTopicsBroker;
    let thief: Identity;
    let victim: Identity;
    beforeAll(async () => {
      broker = await start();
      [thief, victim] = [await broker.mint('THIEF'), await broker.mint('VICTIM')];
    });
    afterAll(() => broker[Symbol.asyncDispose]());

    const connectVictim = async () => {
      const client = await broker.connect(victim);
      await client.subscribe('robots/VICTIM/down/#', '$aws/things/VICTIM/shadow/get/+');
      return client;
    };
    /** The messages that the client has received, without the responses to its own requests. */
    const messagesWithout = (client: RobotClient, tokens: readonly string[]) =>
      client.messages.filter(([, body]) => !tokens.includes((body as { token: string }).token));

    const topics = [
      'robots/VICTIM/up/time',
      'robots/VICTIM/down/time',
      'robots/VICTIM/down/commands',
      'robots/VICTIM/down',
      'robots/THIEF/../VICTIM/down/commands',
      'robots//down/commands',
      '$aws/things/VICTIM/shadow/get',
      '$aws/things/VICTIM/shadow/get/accepted',
      '$aws/rules/r/robots/VICTIM/up/time',
      '$SYS/broker/version',
      '$share/g/robots/VICTIM/down/commands',
    ];
    it.each(topics.flatMap((topic) => ([0, 1] as const).map((qos) => [topic, qos] as const)))(
      'cannot publish on %s at QoS %i',
      async (topic, qos) => {
        await using receiver = await connectVictim();
        await using sender = await broker.connect(thief);
        const token = newToken();
        sender.publish(topic, { v: 1, token }, { qos });
        await waitUntilHandled(sender, 'THIEF');
        const ownToken = await requestTime(receiver, 'VICTIM');
        expect(messagesWithout(receiver, [ownToken])).toEqual([]);
      },
    );

    it.each([
      'robots/VICTIM/down/#',
      'robots/VICTIM/up/#',
      'robots/VICTIM/#',
      'robots/+/down/#',
      'robots/+/up/#',
      'robots/+/down/time',
      'robots/#',
      '+/+/down/time',
      '+/VICTIM/#',
      '+/#',
      '#',
      '$aws/things/VICTIM/#',
      '$aws/#',
      '$SYS/#',
      '$share/g/robots/+/down/#',
      '$share/g/robots/VICTIM/up/#',
    ])('receives nothing when it subscribes to %s', async (filter) => {
      await using sender = await connectVictim();
      await using receiver = await broker.connect(thief);
      await receiver.subscribeAt(1, filter);
      await requestTime(sender, 'VICTIM');
      sender.publish('robots/VICTIM/up/missions/report', { v: 1, reports: [] }, { qos: 1 });
      await requestTime(sender, 'VICTIM');
      await waitUntilHandled(receiver, 'THIEF');
      const foreign = receiver.messages.filter(([topic]) => !topic.startsWith('robots/THIEF/'));
      expect(foreign).toEqual([]);
    });

    it.each([
      ['client id', { clientId: 'VICTIM' }],
      ['user name', { username: 'VICTIM', password: 'VICTIM' }],
    ])(
      'is not accepted as the other robot by its %s, whose connection stays up',
      async (_what, options) => {
        await using real = await connectVictim();
        const token = newToken();
        await using impostor = await broker.connect(thief, options);
        if (impostor.attempt === 'connected') {
          await impostor.subscribe('robots/VICTIM/down/#');
          impostor.publish('robots/VICTIM/up/time', { v: 1, token });
          await waitUntilHandled(impostor, 'THIEF');
        }
        const ownToken = await requestTime(real, 'VICTIM');
        expect(real.closed).toBe(false);
        expect(messagesWithout(real, [ownToken])).toEqual([]);
        expect(impostor.messages.filter(([topic]) => topic.includes('VICTIM'))).toEqual([]);
      },
    );

    it.each(['robots/VICTIM/down/commands', 'robots/VICTIM/up/time', 'robots/THIEF/up/time'])(
      'cannot leave a retained message on %s',
      async (topic) => {
        await using sender = await broker.connect(thief);
        sender.publish(topic, { v: 1, token: newToken() }, { retain: true });
        await waitUntilHandled(sender, 'THIEF');
        await using receiver = await connectVictim();
        await receiver.subscribe('robots/VICTIM/#', 'robots/#');
        const token = await requestTime(receiver, 'VICTIM');
        expect(messagesWithout(receiver, [token])).toEqual([]);
        await using own = await broker.connect(thief);
        await own.subscribe('robots/THIEF/down/#', 'robots/THIEF/up/#');
        const last = await requestTime(own, 'THIEF');
        const stale = own.messages.filter(
          ([seen, body]) => seen === topic && (body as { token: string }).token !== last,
        );
        expect(stale).toEqual([]);
      },
    );

    it.each(['robots/VICTIM/down/commands', 'robots/VICTIM/up/time'])(
      'cannot publish on %s by its last will',
      async (topic) => {
        await using receiver = await connectVictim();
        const payload = Buffer.from(JSON.stringify({ v: 1, token: newToken() }));
        const dying = await broker.connect(thief, {
          will: { topic, payload, qos: 1, retain: false },
        });
        await dying[Symbol.asyncDispose]();
        await using again = await broker.connect(thief);
        await requestTime(again, 'THIEF');
        const token = await requestTime(receiver, 'VICTIM');
        expect(messagesWithout(receiver, [token])).toEqual([]);
      },
    );

    it('receives nothing from the subscriptions of its stored session', async () => {
      const first = await broker.connect(thief, { clean: false });
      await first.subscribeAt(1, 'robots/VICTIM/#');
      await first.subscribeAt(1, '#');
      await first[Symbol.asyncDispose]();
      await using sender = await connectVictim();
      sender.publish('robots/VICTIM/up/missions/report', { v: 1, reports: [] }, { qos: 1 });
      await requestTime(sender, 'VICTIM');
      await using back = await broker.connect(thief, { clean: false });
      await requestTime(sender, 'VICTIM');
      await waitUntilHandled(back, 'THIEF');
      const foreign = back.messages.filter(([topic]) => !topic.startsWith('robots/THIEF/'));
      expect(foreign).toEqual([]);
    });

    it('does not disturb the other robot, which still publishes and receives', async () => {
      await using robot = await connectVictim();
      await requestTime(robot, 'VICTIM');
    });
  });
}

const newToken = () => randomBytes(8).toString('hex');

/** Requests the time and returns the request's token: with the response, all earlier messages have been handled. */
async function requestTime(client: RobotClient, robot: string): Promise<string> {
  const token = newToken();
  await client.subscribe(`robots/${robot}/down/#`);
  client.publish(`robots/${robot}/up/time`, { v: 1, token });
  await until(() =>
    client.messages.some(([, body]) => (body as { token?: string }).token === token),
  );
  return token;
}

/** Resolves when the broker has handled all messages of `client`: it responds, or has closed the connection. */
async function waitUntilHandled(client: RobotClient, robot: string): Promise<void> {
  const pending = requestTime(client, robot);
  await Promise.race([pending, client.untilClosed()]);
  pending.catch(() => {});
}
