import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectRobot, type RobotClient } from '../support/cloud-client.ts';
import { operatorOf } from '../support/cloud-operator.ts';
import type { Identity } from '../support/cloud-pki.ts';
import { createTopic, makeRequest } from '../support/cloud-renewal.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { missionDocument } from '../support/cloud-world.ts';

// No message is accepted from, or delivered to, a robot whose certificate is not active; no robot reads or writes
// another's topics. Random days of three robots, on the real broker, checked for messages that must never arrive.

let world: TestStub;
beforeAll(async () => {
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

const one = fc.nat(2);
const action = fc.oneof(
  fc.record({ do: fc.constant('connect' as const), robot: one }),
  fc.record({ do: fc.constant('leave' as const), robot: one }),
  fc.record({ do: fc.constant('block' as const), robot: one, revoked: fc.boolean() }),
  fc.record({ do: fc.constant('block in a connect' as const), robot: one, turns: fc.nat(20) }),
  fc.record({ do: fc.constant('activate' as const), robot: one }),
  fc.record({ do: fc.constant('publish' as const), robot: one, about: one }),
  fc.record({ do: fc.constant('listen' as const), robot: one, about: one }),
  fc.record({ do: fc.constant('send' as const), robot: one }),
  fc.record({ do: fc.constant('renew' as const), robot: one }),
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

interface Robot {
  readonly identity: Identity;
  readonly clients: RobotClient[];
  /** What the cloud has of it; a copy from the moment of the block while it is blocked. */
  atBlock: string | undefined;
  /** What was published as it, and sent to it, by number. */
  readonly published: Set<string>;
  readonly sentWhileActive: Set<number>;
}

/** Everything that a message from the robot, or to it, would change. */
function traces(name: string): string {
  const operator = operatorOf(world.stub.cloud);
  const { messagesIn, messagesOut } = operator.get('meters', name) ?? {};
  const tables = [operator.list('missions', `${name}/`), operator.get('shadows', name)];
  return JSON.stringify([messagesIn, messagesOut, tables, operator.get('renewals', name)]);
}

class Day {
  readonly robots: Robot[];
  #numbers = 0;
  /** Distinct in every day: the stub is the same. */
  readonly #day: string;

  constructor(day: number, identities: readonly Identity[]) {
    this.#day = day.toString(16).padStart(8, '0');
    this.robots = identities.map((identity) => ({
      identity,
      clients: [],
      atBlock: undefined,
      published: new Set(),
      sentWhileActive: new Set(),
    }));
  }

  robot(index: number): Robot {
    const robot = this.robots[index];
    if (robot === undefined) throw new Error(`no robot ${index}`);
    return robot;
  }

  async play(step: Action): Promise<void> {
    const robot = this.robot(step.robot);
    const { identity, clients } = robot;
    const { name, certificateId } = identity;
    const client = clients.at(-1);
    switch (step.do) {
      case 'connect':
        clients.push(await connectRobot(world.stub.ready, identity));
        expect(clients.at(-1)?.attempt).toBe(robot.atBlock === undefined ? 'connected' : 'closed');
        return;
      case 'leave':
        return client?.[Symbol.asyncDispose]();
      case 'block':
        await world.operator.updateCertificate(
          certificateId,
          step.revoked ? 'REVOKED' : 'INACTIVE',
        );
        robot.atBlock ??= traces(name);
        return;
      case 'block in a connect': {
        const connecting = connectRobot(world.stub.ready, identity);
        for (let i = 0; i < step.turns; i++) await new Promise((resolve) => setImmediate(resolve));
        await world.operator.updateCertificate(certificateId, 'INACTIVE');
        robot.atBlock ??= traces(name);
        clients.push(await connecting);
        await clients.at(-1)?.untilClosed();
        return;
      }
      case 'activate':
        this.check(robot);
        robot.atBlock = undefined;
        return world.operator.updateCertificate(certificateId, 'ACTIVE');
      case 'publish':
        return this.#publish(client, robot, this.robot(step.about));
      case 'listen': {
        const { name: about } = this.robot(step.about).identity;
        const filters = ['#', '$aws/#', 'robots/+/down/#', `robots/${about}/down/#`];
        if (client !== undefined && !client.closed)
          void client.subscribe(...filters, `$aws/things/${about}/#`, `${createTopic}/+`);
        return;
      }
      case 'send':
        return this.send(robot);
      case 'renew': {
        const { csr } = await makeRequest(name);
        client?.publish(createTopic, { certificateSigningRequest: csr });
      }
    }
  }

  /** As `robot`, about `about`: a robot that publishes for another loses its connection and the message. */
  #publish(client: RobotClient | undefined, robot: Robot, about: Robot): void {
    const missionId = `${this.#day.padStart(16, '0')}-${++this.#numbers}`;
    if (client === undefined || client.closed) return;
    if (robot === about) robot.published.add(missionId);
    const reports = [missionDocument({ ended: true, missionId })];
    client.publish(`robots/${about.identity.name}/up/missions/report`, { v: 1, reports });
  }

  send(robot: Robot): void {
    const n = ++this.#numbers;
    if (robot.atBlock === undefined) robot.sentWhileActive.add(n);
    const { name } = robot.identity;
    const payload = Buffer.from(JSON.stringify({ n }));
    world.stub.broker.send([{ robot: name, topic: `robots/${name}/down/commands`, payload }]);
  }

  check(robot: Robot): void {
    const { name } = robot.identity;
    if (robot.atBlock !== undefined) expect(traces(name)).toBe(robot.atBlock);
    for (const { key } of world.stub.cloud.rows.list('missions', `${name}/`))
      expect(robot.published).toContain(key.slice(name.length + 1));
    const renewals = JSON.stringify(world.stub.cloud.rows.get('renewals', name) ?? '');
    for (const [topic, body] of robot.clients.flatMap(({ messages }) => messages)) {
      if (topic.startsWith(createTopic)) {
        const { certificateId } = body as { certificateId: string };
        if (topic.endsWith('/accepted')) expect(renewals).toContain(certificateId);
      } else expect(topic).toMatch(new RegExp(`^(robots|\\$aws/things)/${name}/`));
      const { n } = body as { n?: number };
      if (n !== undefined) expect(robot.sentWhileActive).toContain(n);
    }
  }

  /** What is allowed must still work, or nothing was shown. */
  async end(robot: Robot): Promise<void> {
    const { identity, clients } = robot;
    this.check(robot);
    await world.operator.updateCertificate(identity.certificateId, 'ACTIVE');
    robot.atBlock = undefined;
    const client = await connectRobot(world.stub.ready, identity);
    clients.push(client);
    await client.subscribe(`robots/${identity.name}/down/#`);
    this.#publish(client, robot, robot);
    await client.next(`robots/${identity.name}/down/missions/report/accepted`);
    this.send(robot);
    await client.next(`robots/${identity.name}/down/commands`);
    for (const other of this.robots) this.check(other);
    await Promise.all(clients.map((one) => one[Symbol.asyncDispose]()));
  }
}

it("robots never receive another robot's messages on random days", async () => {
  let day = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 40 }), async (steps) => {
      day += 1;
      const names = ['A', 'B', 'C'].map((letter) => `INV-${letter}${day}`);
      const identities = await Promise.all(names.map((name) => world.mint(name)));
      for (const identity of identities) await connectRobot(world.stub.ready, identity);
      const played = new Day(day, identities);
      for (const step of steps) await played.play(step);
      for (const robot of played.robots) played.check(robot);
      for (const robot of played.robots) await played.end(robot);
    }),
    { numRuns: 40 },
  );
});

it("robots never receive another robot's messages when they act at the same moment", async () => {
  const entered = await Promise.all(['SAME-1', 'SAME-2'].map((name) => world.enter(name)));
  for (const { identity, robot } of entered)
    await robot.subscribe(`robots/${identity.name}/down/#`, `${createTopic}/+`);
  const payload = Buffer.from('{}');
  world.stub.broker.send(
    entered.map(({ identity: { name } }) => ({
      robot: name,
      topic: `robots/${name}/down/commands`,
      payload,
    })),
  );
  await until(() => entered.every(({ robot }) => robot.messages.length === 1));
  expect(entered.map(({ robot }) => robot.messages[0]?.[0])).toEqual([
    'robots/SAME-1/down/commands',
    'robots/SAME-2/down/commands',
  ]);
  for (const { robot } of entered) await robot[Symbol.asyncDispose]();
});
