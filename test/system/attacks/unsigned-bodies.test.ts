import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ready } from '../../../cloud-stub/running.ts';
import { type AttackedCloud, startAttackedCloud } from '../../support/attack-cloud.ts';
import { linesByStrangers, memoryOf } from '../../support/attackers.ts';

/** Requests of somebody who has no key, with bodies as large as they are taken. */

const bodyBytes = 1024 * 1024;
function* pieces(): Generator<Uint8Array> {
  for (let sent = 0; sent < bodyBytes; sent += 16_384) yield new Uint8Array(16_384);
}

/** Sends requests with a body of 1 MB each, all at once; returns how many were answered with which status. */
async function sendBodies(
  ready: Ready,
  count: number,
  {
    method,
    path,
    headers = {},
  }: { method: string; path: string; headers?: Record<string, string> },
): Promise<Record<string, number>> {
  const agent = new Agent({ ca: await readFile(ready.serverCa, 'utf8'), maxSockets: count });
  const { hostname, port } = new URL(ready.https.url);
  const answers: Record<string, number> = {};
  await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<void>((resolve) => {
          const target = { agent, hostname, port, method, path };
          const sent = request({ ...target, headers: { ...headers, 'content-length': bodyBytes } });
          const count = (outcome: string) => {
            answers[outcome] = (answers[outcome] ?? 0) + 1;
          };
          sent.on('response', (response) => {
            count(String(response.statusCode));
            response.resume();
          });
          sent.on('error', () => count('cut'));
          sent.on('close', resolve);
          // In pieces: what waits in this process must not be more than what the stub gets.
          pipeline(Readable.from(pieces()), sent).catch(() => {});
        }),
    ),
  );
  agent.destroy();
  return answers;
}

const amzDate = () => new Date().toISOString().replace(/[-:]|\.\d{3}/g, '');

describe('a stub that receives 500 bodies of 1 MB', () => {
  let cloud: AttackedCloud;
  beforeEach(async () => {
    cloud = await startAttackedCloud(4096);
  });
  afterEach(() => cloud[Symbol.asyncDispose]());

  /** Everything but the key: the date is right, the id of the key is known (it stands in every URL). */
  const wellFormed = async (more: Record<string, string>): Promise<Record<string, string>> => {
    const { accessKeyId, region } = JSON.parse(
      await readFile(cloud.ready.operator, 'utf8'),
    ) as Record<string, string>;
    const date = amzDate();
    const scope = `${date.slice(0, 8)}/${region}/iot/aws4_request`;
    const signed = ['host', 'x-amz-date', ...Object.keys(more)].sort().join(';');
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${'0'.repeat(64)}`;
    return { 'x-amz-date': date, ...more, authorization };
  };
  const attacks: [string, string, string, () => Promise<Record<string, string>>][] = [
    ['unsigned', 'PUT', '/jobs/x', async () => ({})],
    ['unsigned for the object store', 'PUT', '/objects/x', async () => ({})],
    [
      'signed with a wrong key',
      'POST',
      '/things/x/shadow',
      () => wellFormed({ 'x-amz-content-sha256': '0'.repeat(64) }),
    ],
    [
      'signed with a wrong key, without their hash',
      'POST',
      '/things/x/shadow',
      () => wellFormed({}),
    ],
  ];

  it.each(attacks)('%s: stays small, and serves its robots', async (_, method, path, head) => {
    const { process, ready, operator, neighbour } = cloud;
    const before = memoryOf(process.child.pid);
    const headers = await head();
    let most = 0;
    let isSending = true;
    const sending = sendBodies(ready, 500, { method, path, headers }).finally(() => {
      isSending = false;
    });
    while (isSending) {
      await neighbour.reportMission();
      most = Math.max(most, memoryOf(process.child.pid));
    }
    const answers = await sending;
    expect(answers['200']).toBeUndefined();
    expect(Object.keys(answers).filter((status) => status.startsWith('5'))).toEqual([]);
    expect(most - before).toBeLessThan(200 * 1024 * 1024);
    await operator.putObject('firmware/x', Buffer.alloc(100_000), 'application/x');
    const lines = linesByStrangers(process.err);
    expect(lines.length).toBeLessThan(60);
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    expect(neighbour.isConnected).toBe(true);
    const rows = await operator.connectionRefusals();
    expect(rows.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(250);
  });
});
