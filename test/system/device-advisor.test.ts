import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import {
  type Behaviour,
  type Packet,
  startHostile,
  suback,
  wellBehaved,
} from '../support/agent-hostile.ts';
import { attempt, linkOptions, robotOf } from '../support/agent-mqtt.ts';
import { startAttackedAgent } from '../support/attacked-agent.ts';
import { type Identity, mintCa } from '../support/cloud-pki.ts';
import { until } from '../support/cloud-until.ts';
import { publishBytes } from '../support/mqtt-bytes.ts';
import { folders } from '../support/pki-folder.ts';

// The rows of docs/device-advisor.md, by the ids of AWS: a scripted broker does what Device Advisor does.

const folder = folders();
let ca: KeyAndCertificate;
let robot: Identity;
beforeAll(async () => {
  ca = await mintCa();
  robot = await robotOf(ca);
});

const day = 86_400_000;
const [connect, publish, subscribe] = [1, 3, 8];
/** What makes the waits of a test short; the pauses keep their jitter. */
const quick = { connectTimeoutS: 1, retryS: 0.1, retrySMax: 1 };

/** A real agent and a broker with this behaviour, until `isOver`; returns when each CONNECT arrived, in ms. */
async function observe(
  manner: (socket: TLSSocket, packet: Packet, connects: number) => void,
  isOver: (packets: readonly Packet[]) => boolean,
  settings: object = quick,
): Promise<{ connectsMs: readonly number[]; packets: readonly Packet[] }> {
  const connectsMs: number[] = [];
  await using broker = await startHostile(ca, {
    onPacket(socket, packet) {
      if (packet.type === connect) connectsMs.push(performance.now());
      manner(socket, packet, connectsMs.length);
    },
  });
  const parts = { ca, port: broker.port, settings };
  await using _agent = await startAttackedAgent(await folder(), parts);
  await until(() => isOver(broker.packets), 45_000);
  return { connectsMs, packets: [...broker.packets] };
}

const gaps = (timesMs: readonly number[]) =>
  timesMs.slice(1).map((ms, i) => ms - (timesMs[i] ?? 0));
const count = (packets: readonly Packet[], type: number) =>
  packets.filter((packet) => packet.type === type).length;
const topicOf = ({ body }: Packet) => body.subarray(2, 2 + body.readUInt16BE(0)).toString();

describe('an agent whose broker answers everything', () => {
  it('passes MQTT_Connect, MQTT_Subscribe, MQTT_Publish and Shadow_Publish_Reported_State', async () => {
    const reported = '$aws/things/R1/shadow/update';
    const { packets } = await observe(
      (socket, packet) => {
        wellBehaved.onPacket(socket, packet);
        if (packet.type !== publish || topicOf(packet) !== '$aws/things/R1/shadow/get') return;
        const nothing = JSON.stringify({ code: 404, message: 'No shadow exists' });
        socket.write(publishBytes('$aws/things/R1/shadow/get/rejected', nothing));
      },
      (seen) => seen.some((packet) => packet.type === publish && topicOf(packet) === reported),
    );
    expect(packets.map(({ type }) => type).slice(0, 3)).toEqual([connect, subscribe, publish]);
    // MQTT 3.1.1, a clean session, a keep-alive of 10 s, the thing's name as client id.
    const body = packets[0]?.body ?? Buffer.alloc(0);
    expect(body.subarray(0, 10).toString('hex')).toBe('00044d5154540402000a');
    expect(body.subarray(12).toString()).toBe('R1');
  });
});

describe('an agent whose broker does not answer', () => {
  it('passes MQTT_Connect_Jitter_Backoff_Retries: five more connections without CONNACK, twice', async () => {
    const { connectsMs } = await observe(
      (socket, packet, connects) => {
        if (packet.type === connect && connects % 6 !== 0) return;
        wellBehaved.onPacket(socket, packet);
        // The sixth is accepted, and then it starts again.
        if (packet.type === subscribe) socket.end();
      },
      (packets) => count(packets, connect) >= 12,
    );
    const waited = gaps(connectsMs);
    expect(Math.min(...waited)).toBeGreaterThanOrEqual(1000);
    expect(new Set(waited.map((ms) => Math.round(ms / 10))).size).toBeGreaterThan(3);
  });

  it('passes MQTT_Reconnect_Backoff_Retries_On_Server_Disconnect and MQTT_ReconnectionAfterSuccessfulConnection', async () => {
    const { connectsMs } = await observe(
      (socket, packet) => {
        wellBehaved.onPacket(socket, packet);
        if (packet.type === subscribe) socket.end();
      },
      (packets) => count(packets, connect) >= 6,
    );
    expect(Math.min(...gaps(connectsMs))).toBeGreaterThanOrEqual(1000);
  });
});

describe('an agent that ends the handshake because of the server certificate', () => {
  const seen = async (
    server: KeyAndCertificate,
    hostName: string,
    options: Parameters<typeof startHostile>[3] = {},
  ) => {
    await using broker = await startHostile(server, wellBehaved, hostName, options);
    const one = attempt(linkOptions(broker.port, robot, ca.certificatePem));
    return { ...(await one.observation), packets: broker.packets.length };
  };

  it.each([
    ['TLS_Unsecure_Server_Cert', 'a CA of the same name', /SIGNED|ISSUER|SIGNATURE/],
    ['TLS_Incorrect_Subject_Name_Server_Cert', 'another name', /ALTNAME/],
    ['TLS_Expired_Server_Cert', 'dates that are over', /EXPIRED/],
  ])('passes %s: %s', async (id, _what, code) => {
    const other = await mintCa();
    const found =
      id === 'TLS_Unsecure_Server_Cert'
        ? await seen(other, 'localhost')
        : id === 'TLS_Expired_Server_Cert'
          ? await seen(ca, 'localhost', { nowMs: Date.now() - 4000 * day })
          : await seen(ca, 'broker.example');
    expect(found).toMatchObject({ kind: 'tls', code: expect.stringMatching(code), packets: 0 });
  });
});

it('passes TLS_Large_Size_Server_Cert: a certificate of many times the usual size', async () => {
  const names = Array.from({ length: 300 }, (_, n) => `broker-${n}.a-long-name.example`);
  await using broker = await startHostile(ca, wellBehaved, ['localhost', ...names]);
  const one = attempt(linkOptions(broker.port, robot, ca.certificatePem));
  await one.untilUp();
  one.stop.abort();
  await one.observation;
});

it('passes TLS_Receive_Maximum_Size_Fragments at QoS 0: the largest payload in records of 16 KB', async () => {
  const topic = 'robots/R1/down/commands';
  const manner: Behaviour = {
    onPacket(socket, packet) {
      if (packet.type === subscribe) {
        socket.write(suback(packet, 0));
        socket.write(publishBytes(topic, 'x'.repeat(128 * 1024)));
      } else wellBehaved.onPacket(socket, packet);
    },
  };
  await using broker = await startHostile(ca, manner);
  const one = attempt(linkOptions(broker.port, robot, ca.certificatePem));
  await until(() => one.received.length === 1);
  expect(one.received[0]?.[1]).toHaveLength(128 * 1024);
  one.stop.abort();
  await one.observation;
});
