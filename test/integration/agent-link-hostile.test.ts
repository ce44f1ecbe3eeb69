import type { Socket } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLink, type LinkOptions } from '../../agent/io/mqtt.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import {
  type Behaviour,
  connack,
  type HostileServer,
  publish,
  startHostile,
  startPlain,
  suback,
  wellBehaved,
} from '../support/agent-hostile.ts';
import {
  activeResources,
  attempt,
  linkOptions,
  robotOf,
  untilQuiet,
} from '../support/agent-mqtt.ts';
import { type Identity, mintCa } from '../support/cloud-pki.ts';
import { until } from '../support/cloud-until.ts';

let ca: KeyAndCertificate;
let robot: Identity;
let before: ReturnType<typeof activeResources>;
beforeAll(async () => {
  ca = await mintCa();
  robot = await robotOf(ca);
});
beforeEach(() => {
  before = activeResources();
});
/** Nothing may be left of any of it: no socket, no timer. (An unhandled rejection fails the run by itself.) */
afterEach(() => untilQuiet(before));

const optionsFor = ({ port }: HostileServer, change: Partial<LinkOptions> = {}) =>
  linkOptions(port, robot, ca.certificatePem, change);

/** What the robot sees of a server with this manner. */
async function observe(manner: Behaviour, change: Partial<LinkOptions> = {}) {
  await using server = await startHostile(ca, manner);
  const one = attempt(optionsFor(server, change));
  const observation = await one.observation;
  expect(one.link.publish('t', new Uint8Array(1))).toBe(false);
  return { ...observation, ups: one.ups };
}

const onType = (
  type: number,
  act: (socket: Parameters<typeof wellBehaved.onPacket>[0]) => void,
): Behaviour => ({
  onPacket: (socket, packet) =>
    packet.type === type ? act(socket) : wellBehaved.onPacket(socket, packet),
});
/** The head of a PUBLISH of 200 MB. */
const tooLarge = Buffer.from([0x30, 0x80, 0x84, 0xaf, 0x5f, 0, 1, 0x74]);
/** Long enough for a busy machine to get as far as the broker lets it. */
const quickly = { connectMs: 2000 };
const reset = (sockets: ReadonlySet<Socket>) => {
  for (const socket of sockets) socket.resetAndDestroy();
};

describe('before the connection is up, the robot observes', () => {
  it.each([
    [1, 'unacceptable protocol version'],
    [2, 'identifier rejected'],
    [3, 'server unavailable'],
    [4, 'bad user name or password'],
    [5, 'not authorized'],
    [6, 'not one of MQTT 3.1.1'],
  ])(
    'a rejection with code %i, %s, whether or not the broker then closes',
    async (number, meaning) => {
      const code = `connack-${number}`;
      const detail = `CONNACK code ${number}, ${meaning}`;
      const refusal = { kind: 'refused', code, detail, ups: 0 };
      const staying = onType(1, (socket) => void socket.write(connack(number)));
      const closing = onType(1, (socket) => void socket.end(connack(number)));
      expect(await observe(staying)).toEqual(refusal);
      expect(await observe(closing)).toEqual(refusal);
    },
  );

  it.each<readonly [string, Behaviour, string, string]>([
    [
      'a close after the handshake',
      { onSecure: (socket) => socket.destroy() },
      'closed-early',
      'closed',
    ],
    [
      'an end after the handshake',
      { onSecure: (socket) => void socket.end() },
      'closed-early',
      'closed',
    ],
    [
      'a close in place of CONNACK',
      onType(1, (socket) => socket.destroy()),
      'closed-early',
      'closed',
    ],
    [
      'garbage in place of CONNACK',
      onType(1, (socket) => void socket.write(Buffer.alloc(4096, 0xff))),
      'closed-early',
      'protocol',
    ],
    [
      'text in place of CONNACK',
      onType(1, (socket) => void socket.write('HTTP/1.1 400\r\n\r\n')),
      'closed-early',
      'protocol',
    ],
    ['a close in place of SUBACK', onType(8, (socket) => socket.destroy()), 'lost', 'closed'],
  ])('%s', async (_name, manner, kind, code) => {
    const seen = { kind, code, ups: 0, detail: expect.stringMatching(/./) };
    expect(await observe(manner)).toMatchObject(seen);
  });

  it('a reset in place of CONNACK', async () => {
    const { sockets, ...server } = await startHostile(
      ca,
      onType(1, () => reset(sockets)),
    );
    const one = attempt(linkOptions(server.port, robot, ca.certificatePem));
    expect(await one.observation).toMatchObject({ kind: 'closed-early' });
    await server[Symbol.asyncDispose]();
  });

  it('rejected subscriptions', async () => {
    const manner: Behaviour = {
      onPacket: (socket, packet) =>
        packet.type === 8
          ? void socket.write(suback(packet, 0x80))
          : wellBehaved.onPacket(socket, packet),
    };
    expect(await observe(manner)).toMatchObject({
      kind: 'refused',
      code: 'not-subscribed',
      ups: 0,
    });
  });

  it.each<readonly [string, Behaviour, string]>([
    ['that sends nothing', {}, 'connack'],
    ['that reads and sends nothing', { onPacket: () => {} }, 'connack'],
    ['that never acknowledges the subscriptions', onType(8, () => {}), 'suback'],
  ])('a broker %s as a timeout', async (_name, manner, code) => {
    expect(await observe(manner, quickly)).toMatchObject({ kind: 'timeout', code, ups: 0 });
  });

  it('a server that never completes the handshake as a timeout', async () => {
    await using server = await startPlain(() => {});
    expect(await attempt(optionsFor(server, quickly)).observation).toMatchObject({
      kind: 'timeout',
      code: 'tls',
    });
  });

  it.each<readonly [string, (socket: Socket) => void]>([
    ['closes', (socket) => socket.destroy()],
    ['closes at the first byte', (socket) => void socket.once('data', () => socket.destroy())],
    [
      'sends HTTP',
      (socket) => void socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    ],
  ])('a server that %s instead of TLS', async (_name, manner) => {
    await using server = await startPlain(manner);
    expect(await attempt(optionsFor(server)).observation).toMatchObject({ kind: 'tls' });
  });

  it('a port without a server', async () => {
    const server = await startPlain(() => {});
    const options = optionsFor(server);
    await server[Symbol.asyncDispose]();
    expect(await attempt(options).observation).toMatchObject({
      kind: 'unreachable',
      code: 'ECONNREFUSED',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('a name that does not exist', async () => {
    await using server = await startPlain(() => {});
    const options = optionsFor(server, { host: 'no-such-host.invalid' });
    expect(await attempt(options).observation).toMatchObject({
      kind: 'unreachable',
      code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/),
    });
  });
});

describe('while the connection is up, the robot observes', () => {
  const connectUp = async (server: HostileServer, change: Partial<LinkOptions> = {}) => {
    const one = attempt(optionsFor(server, change));
    await one.untilUp();
    return one;
  };

  it.each<readonly [string, (server: HostileServer, say: (bytes: Buffer) => void) => void]>([
    ['a close', ({ sockets }) => [...sockets].forEach((socket) => void socket.destroy())],
    ['a reset', ({ sockets }) => reset(sockets)],
    ['garbage', (_server, say) => say(Buffer.alloc(4096, 0xff))],
    ['a second CONNACK', (_server, say) => say(connack(0))],
    ['a packet too large', (_server, say) => say(Buffer.concat([tooLarge, Buffer.alloc(400_000)]))],
    ['a message above QoS 0', (_server, say) => say(Buffer.from([0x34, 6, 0, 1, 0x74, 0, 1, 0]))],
  ])('%s as a lost connection', async (_name, act) => {
    let say = (_bytes: Buffer): void => {};
    const manner: Behaviour = {
      onSecure: (socket) => {
        say = (bytes) => void socket.write(bytes);
      },
      ...wellBehaved,
    };
    await using server = await startHostile(ca, manner);
    const one = await connectUp(server);
    act(server, say);
    expect(await one.observation).toMatchObject({
      kind: 'lost',
      detail: expect.stringMatching(/./),
    });
    expect(one.ups).toBe(1);
    expect(one.link.publish('t', new Uint8Array(1))).toBe(false);
  });

  it.each<readonly [string, Buffer]>([
    [
      'a packet larger than the protocol allows',
      Buffer.concat([Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(2 ** 20)]),
    ],
    ['a message at QoS 2', Buffer.from([0x34, 6, 0, 1, 0x74, 0, 1, 0x78])],
  ])('%s as a lost connection', async (_name, bytes) => {
    await using server = await startHostile(ca, {
      onPacket(socket, packet) {
        wellBehaved.onPacket(socket, packet);
        if (packet.type === 3) socket.write(bytes);
      },
    });
    const one = await connectUp(server);
    one.link.publish('t', new Uint8Array(1));
    expect(await one.observation).toMatchObject({
      kind: 'lost',
      detail: expect.stringMatching(/./),
    });
    expect(one.received).toEqual([]);
  });

  it('a silent broker as a lost connection after one and a half keep-alives', async () => {
    await using server = await startHostile(
      ca,
      onType(12, () => {}),
    );
    const one = await connectUp(server, { keepAliveS: 5 });
    const startMs = performance.now();
    expect(await one.observation).toMatchObject({ kind: 'lost', code: 'keep-alive' });
    const silentMs = performance.now() - startMs;
    expect(silentMs).toBeGreaterThan(4500);
    expect(silentMs).toBeLessThan(12_000);
  });

  it('messages, also those that arrive before SUBACK', async () => {
    const manner: Behaviour = {
      onPacket(socket, packet) {
        if (packet.type === 8) socket.write(publish('robots/R1/down/commands', 'early'));
        wellBehaved.onPacket(socket, packet);
      },
    };
    await using server = await startHostile(ca, manner);
    const one = await connectUp(server);
    await until(() => one.received.length > 0);
    expect(one.received).toEqual([['robots/R1/down/commands', 'early']]);
    one.stop.abort();
    await one.observation;
  });
});

it('the current connection only, never an attempt that was stopped', async () => {
  const late: (() => void)[] = [];
  await using server = await startHostile(ca, {
    onPacket(socket, packet) {
      if (packet.type !== 8 || late.length > 0) return wellBehaved.onPacket(socket, packet);
      late.push(() => void socket.write(suback(packet, 0)));
    },
  });
  const options = optionsFor(server);
  const link = createLink(options);
  const first = attempt(options, link);
  await until(() => late.length === 1);
  first.stop.abort();
  const second = attempt(options, link);
  await second.untilUp();
  late[0]?.();
  await first.observation;
  expect(first.ups).toBe(0);
  expect(link.publish('t', new Uint8Array(1))).toBe(true);
  second.stop.abort();
  await second.observation;
});
