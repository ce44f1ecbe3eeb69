import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { KeyAndCertificate } from '../../../base/x509/authority.ts';
import { startHostile, wellBehaved } from '../../support/agent-hostile.ts';
import { type AgentStatus, startAttackedAgent } from '../../support/attacked-agent.ts';
import { mintCa } from '../../support/cloud-pki.ts';
import { hex, publishBytes } from '../../support/mqtt-bytes.ts';
import { folders } from '../../support/pki-folder.ts';

// A broker that sends as fast as the robot reads, and a real agent process: its memory stays bounded and it keeps working.

const folder = folders();
let ca: KeyAndCertificate;
beforeAll(async () => {
  ca = await mintCa();
});

const mb = 1024 * 1024;
/** What a flood may add to an agent at rest: garbage that is collected now and then, not messages that wait. */
const growthBytesMax = 120 * mb;
const floodMs = 5000;
/** What the broker itself keeps for the robot to read. */
const unreadBytesMax = 4 * mb;

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Sends `burst` again and again for some seconds; returns the growth of the agent's memory, and its status afterwards. */
async function flood(burst: Buffer): Promise<{ grownBytes: number; status: AgentStatus }> {
  let live: TLSSocket | undefined;
  await using broker = await startHostile(ca, {
    onPacket(socket, packet) {
      wellBehaved.onPacket(socket, packet);
      if (packet.type === 8) live = socket;
    },
  });
  await using agent = await startAttackedAgent(await folder(), { ca, port: broker.port });
  await agent.status(({ link }) => link.state === 'up');
  if (live === undefined) throw new Error('the robot is connected');
  const publishesOf = () => broker.packets.filter(({ type }) => type === 3).length;
  const [restBytes, published] = [agent.rssBytes(), publishesOf()];
  let mostBytes = restBytes;
  for (const endMs = performance.now() + floodMs; performance.now() < endMs; await pause()) {
    while (live.writableLength < unreadBytesMax && !live.destroyed) live.write(burst);
    mostBytes = Math.max(mostBytes, agent.rssBytes());
  }
  // It still requests its shadow and its jobs, and answers on its local socket.
  expect(publishesOf()).toBeGreaterThan(published);
  const status = await agent.status(({ link }) => link.state === 'up');
  return { grownBytes: mostBytes - restBytes, status };
}

const topic = 'robots/R1/down/time';
const times = (bytes: Buffer, count: number) => Buffer.concat(Array<Buffer>(count).fill(bytes));
const large = 'x'.repeat(129_000);

describe('an agent keeps its memory bounded and its connection up under', () => {
  it.each<readonly [string, Buffer, string]>([
    ['messages of 130 KB', publishBytes(topic, `{"v":1,"x":"${large}"}`), 'refused/wrong-schema'],
    ['130 KB of text that is no JSON', publishBytes(topic, large), 'refused/not-json'],
    [
      '130 KB of JSON with a fault at its end',
      publishBytes(topic, `{"x":"${large}",}`),
      'refused/not-json',
    ],
    [
      'messages that are larger than any of the protocol',
      publishBytes(topic, large + large),
      'refused/too-large',
    ],
    ['small messages', times(publishBytes(topic, 'x'), 1000), 'refused/not-json'],
    [
      'topics that it never subscribed',
      times(publishBytes('a/b', 'x'), 1000),
      'refused/wrong-topic',
    ],
    ['responses without a request', times(hex('d0 00'), 10_000), 'published'],
  ])('%s', async (_name, burst, counted) => {
    const { grownBytes, status } = await flood(burst);
    expect(grownBytes).toBeLessThan(growthBytesMax);
    expect(status).not.toHaveProperty('safeMode');
    expect(status.link).toMatchObject({ connects: 1, last: null });
    expect(status.counts[counted]).toBeGreaterThan(counted === 'published' ? 0 : 100);
  });
});
