import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AttackedCloud, startAttackedCloud } from '../../support/attack-cloud.ts';
import { descriptorsOf, linesByStrangers, openCrowd } from '../../support/attackers.ts';
import { until } from '../../support/cloud-until.ts';
import { folders } from '../../support/pki-folder.ts';
import {
  call,
  killed,
  readBundle,
  requestCertificate,
  spawnStation,
} from '../../support/pki-line.ts';
import { robotRequest, runFactory } from '../../support/pki-station.ts';

/** Peers without an account that connect and do nothing: they may not keep others away. */

/** What a peer may have sent before it stops sending. */
const beginnings: [name: string, first: Uint8Array | undefined][] = [
  ['nothing', undefined],
  ['a byte of TLS', Buffer.from([0x16])],
  ['the head of a ClientHello of 16 KB', Buffer.from('1603014000010000', 'hex')],
  ['no TLS', Buffer.from('GET / HTTP/1.1\r\n')],
];
const descriptors = 256;

describe('the MQTT port of a stub with 256 descriptors', () => {
  let cloud: AttackedCloud;
  beforeEach(async () => {
    cloud = await startAttackedCloud(descriptors);
  });
  afterEach(() => cloud[Symbol.asyncDispose]());

  it.each(beginnings)('serves robots beside 300 peers that send %s', async (_name, first) => {
    const { neighbour, process, ready, enter } = cloud;
    using _crowd = await openCrowd(ready.mqtt.port, 300, first ? { first } : {});
    await neighbour.reportMission();
    await using late = await enter('LATE');
    expect(late.attempt).toBe('connected');
    expect(descriptorsOf(process.child.pid)).toBeLessThan(descriptors - 32);
    await neighbour.reportMission();
    expect(neighbour.isConnected).toBe(true);
  });

  it('closes silent peers and counts them in few log lines', async () => {
    const { process, ready, operator } = cloud;
    const before = descriptorsOf(process.child.pid);
    for (let round = 0; round < 5; round++) {
      using _crowd = await openCrowd(ready.mqtt.port, 100);
    }
    using crowd = await openCrowd(ready.mqtt.port, 20);
    await until(() => crowd.open() === 0, 60_000);
    await until(() => descriptorsOf(process.child.pid) <= before);
    const rows = await operator.connectionRefusals();
    expect(rows).toContainEqual(expect.objectContaining({ code: 'handshake-timeout' }));
    const { listeners } = await operator.status();
    expect(listeners.find(({ name }) => name === 'MQTT')?.refused['handshake-timeout']).toBe(20);
    expect(linesByStrangers(process.err).length).toBeLessThan(40);
  });

  it('serves operators beside 300 peers at the HTTPS port', async () => {
    const { operator, process, ready, neighbour } = cloud;
    using _crowd = await openCrowd(Number(new URL(ready.https.url).port), 300);
    await operator.putObject('firmware/x', Buffer.alloc(100_000), 'application/x');
    expect(descriptorsOf(process.child.pid)).toBeLessThan(descriptors - 32);
    await neighbour.reportMission();
  });
});

describe('a factory station', () => {
  const folder = folders();

  it('serves a fixture beside 300 silent peers, and frees the connections of those that leave', async () => {
    const dir = await folder();
    const ca = join(dir, 'ca');
    expect(await runFactory('init', '--dir', ca, '--name', 'CA')).toMatchObject({ exitCode: 0 });
    await runFactory('fixture', '--dir', ca, '--name', 'jig-1', '--out', join(dir, 'jig'));
    const jig = await readBundle(join(dir, 'jig'));
    const { child, port, said } = await spawnStation(ca, { shell: `ulimit -n ${descriptors}` });
    try {
      const before = descriptorsOf(child.pid);
      const { csrPem: csr } = await robotRequest(dir, { serial: 'robot-1' });
      for (const [, first] of beginnings) {
        using _crowd = await openCrowd(port, 300, first ? { first } : {});
        const reply = await requestCertificate(port, jig, { serial: 'robot-1', csr });
        expect(reply).toMatchObject({ status: 200 });
        expect(descriptorsOf(child.pid)).toBeLessThan(descriptors - 32);
      }
      await until(() => descriptorsOf(child.pid) <= before + 2, 60_000);
      const { body } = await call(port, jig);
      expect(body).toMatchObject({ status: 'ok', connections: { refused: expect.anything() } });
      expect(linesByStrangers(said()).length).toBeLessThan(60);
    } finally {
      await killed(child);
    }
  });
});
