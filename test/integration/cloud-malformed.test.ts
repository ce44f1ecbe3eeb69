import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../../base/log.ts';
import type { RobotClient } from '../support/cloud-client.ts';
import type { Identity } from '../support/cloud-pki.ts';
import { connectPacket, openRaw, type RawConnection } from '../support/cloud-raw.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import {
  connectBytes,
  discouragedStrings,
  field,
  forbiddenStrings,
  hex,
  packet,
  publishBytes,
  subscribeBytes,
  unsubscribeBytes,
} from '../support/mqtt-bytes.ts';

/** A robot with a good certificate that breaks the rules of MQTT 3.1.1: its connection ends, and its neighbour notices nothing. */

const logged: Record<string, unknown>[] = [];
const note = (fields: object, message: string) => void logged.push({ ...fields, message });
const log: Log = { ...silentLog, warn: note, error: note };

let world: TestStub;
let robot: Identity;
let neighbour: RobotClient;
beforeAll(async () => {
  world = await startTestStub({ log });
  const entered = await world.enter('BAD');
  robot = entered.identity;
  await entered.robot[Symbol.asyncDispose]();
  ({ robot: neighbour } = await world.enter('GOOD'));
});
afterAll(async () => {
  expect(neighbour.closed).toBe(false);
  await neighbour[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** A connection that has its CONNACK. */
async function enter(): Promise<RawConnection> {
  const raw = await openRaw(world.stub.ready, robot);
  expect(await raw.mqtt('BAD')).toBe(0);
  return raw;
}

/** One of each kind: `test/unit/protocol/mqtt` has all of them. */
const mainStrings = forbiddenStrings.filter(([name]) =>
  ['U+0000', 'a broken sequence', 'an overlong solidus', 'the surrogate U+D800'].includes(name),
);

const topic = 'robots/BAD/up/time';
const refusal = () => world.stub.cloud.rows.get('certificates', robot.certificateId);

describe('the stub closes the connection of a robot that sends', () => {
  it.each<readonly [string, Buffer]>([
    ['PUBREL without an id', hex('62 00')],
    ['PUBREL with half an id', hex('62 01 01')],
    ['PUBLISH at QoS 1 without an id', hex('32 02 00 00')],
    ['PUBLISH at QoS 1 with id 0', packet(0x32, field(topic), [0, 0])],
    ['SUBSCRIBE without a filter', hex('82 02 00 01')],
    ['SUBSCRIBE with id 0', subscribeBytes(0, 'robots/BAD/down/#')],
    [
      'SUBSCRIBE with 9 filters',
      subscribeBytes(1, ...Array.from({ length: 9 }, (_, i) => `robots/BAD/down/${i}`)),
    ],
    ['UNSUBSCRIBE without a filter', hex('a2 02 00 01')],
    ['CONNACK', hex('20 02 00 00')],
    ['a second CONNECT', connectBytes({ clientId: 'BAD' })],
    ['AUTH of MQTT 5', hex('f0 00')],
    ...mainStrings.flatMap(([name, bytes]): (readonly [string, Buffer])[] => [
      [`${name} in a topic`, publishBytes(Buffer.concat([Buffer.from(`${topic}/`), bytes]))],
      [`${name} in a filter`, subscribeBytes(1, Buffer.concat([Buffer.from('robots/'), bytes]))],
      [`${name} in a filter that it gives up`, unsubscribeBytes(1, bytes)],
    ]),
    ...discouragedStrings
      .slice(0, 1)
      .map(
        ([name, bytes]) =>
          [
            `${name} in a topic`,
            publishBytes(Buffer.concat([Buffer.from(`${topic}/`), bytes])),
          ] as const,
      ),
  ])('%s', async (_name, bytes) => {
    logged.length = 0;
    const raw = await enter();
    raw.socket.write(bytes);
    await raw.untilClosed();
    await until(() => logged.length > 0);
    expect(logged).toEqual([
      {
        robotId: 'BAD',
        code: 'malformed',
        why: expect.stringMatching(/./),
        message: 'connection ended',
      },
    ]);
  });

  it.each(
    mainStrings.flatMap(([name, bytes]): (readonly [string, Buffer])[] => [
      [`${name} as client id`, connectBytes({ clientId: bytes })],
      [`${name} as user name`, connectBytes({ clientId: 'BAD', user: bytes })],
      [
        `${name} as the topic of its will`,
        connectBytes({ clientId: 'BAD', will: { topic: bytes } }),
      ],
    ]),
  )('%s, without CONNACK', async (_name, bytes) => {
    const raw = await openRaw(world.stub.ready, robot);
    const said: Buffer[] = [];
    raw.socket.on('data', (data: Buffer) => said.push(data));
    raw.socket.write(bytes);
    await raw.untilClosed();
    expect(said).toEqual([]);
    await until(() => refusal()?.lastRefusal?.code === 'malformed');
  });

  it.each([
    ['MQTT 5, with reason code 0x84', '05', '20 03 00 84 00'],
    ['MQTT 3.1, with return code 1', '03', '20 02 00 01'],
    ['level 6, with return code 1', '06', '20 02 00 01'],
  ])('a CONNECT of %s', async (_name, level, answer) => {
    const raw = await openRaw(world.stub.ready, robot);
    const said: Buffer[] = [];
    raw.socket.on('data', (data: Buffer) => said.push(data));
    raw.socket.write(hex(`10 10 00 04 4d 51 54 54 ${level} 02 00 3c 00 00 03 42 41 44`));
    await raw.untilClosed();
    expect(Buffer.concat(said)).toEqual(hex(answer));
    await until(() => refusal()?.lastRefusal?.code === 'other-level');
  });
});

describe('a publish far above the size limit', () => {
  it.each([
    ['by one byte beyond what any packet may have', 139_265],
    ['256 MB long, of which nothing is waited for', 268_435_455],
  ])(
    'is logged with robot, topic and reason, and closes the connection: %s',
    async (_name, length) => {
      logged.length = 0;
      const raw = await enter();
      const bytes = [length & 127, (length >> 7) & 127, (length >> 14) & 127, length >> 21];
      const size = bytes.map((byte, i) => (i < 3 ? byte | 128 : byte));
      raw.socket.write(Buffer.concat([Buffer.from([0x30, ...size]), field(topic)]));
      await raw.untilClosed();
      await until(() => logged.length > 0);
      expect(logged).toEqual([
        {
          ...{ robotId: 'BAD', topic, code: 'too-large', message: 'publish refused' },
          why: `PUBLISH of ${length} bytes, at most 139264 are taken`,
        },
      ]);
    },
  );
});

/** Well-formed packets of a client, as seeds to change. */
const seeds = [
  connectPacket('BAD'),
  publishBytes(topic, '{"v":1,"token":"t"}'),
  packet(0x32, field(topic), [0, 7], Buffer.from('{}')),
  packet(0x34, field(topic), [0, 7], Buffer.from('{}')),
  ...[0x40, 0x50, 0x62, 0x70].map((first) => packet(first, [0, 1])),
  subscribeBytes(1, 'robots/BAD/down/#', '$aws/things/BAD/#'),
  unsubscribeBytes(1, 'robots/BAD/down/#'),
  ...['20 02 00 00', '90 03 00 01 00', 'b0 02 00 01', 'c0 00', 'd0 00', 'e0 00', 'f0 00'].map(hex),
];

const mutated = fc
  .array(
    fc.record({
      seed: fc.constantFrom(...seeds),
      changes: fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 3 }),
      cut: fc.option(fc.nat(30), { freq: 4, nil: undefined }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((packets) =>
    Buffer.concat(
      packets.map(({ seed, changes, cut }) => {
        const bytes = Buffer.from(seed);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        return bytes.subarray(0, cut ?? bytes.length);
      }),
    ),
  );

it('mutated packets end no process, before CONNACK and after it, and another robot is served', async () => {
  await fc.assert(
    fc.asyncProperty(mutated, fc.boolean(), async (bytes, isConnected) => {
      const raw = isConnected ? await enter() : await openRaw(world.stub.ready, robot);
      raw.socket.end(bytes);
      await raw.untilClosed();
    }),
    { numRuns: 150, seed: 5 },
  );
  neighbour.publish('$aws/things/GOOD/shadow/get', {});
  await neighbour.subscribe('$aws/things/GOOD/#');
  neighbour.publish('$aws/things/GOOD/shadow/get', {});
  await neighbour.next('$aws/things/GOOD/shadow/get/rejected');
});
