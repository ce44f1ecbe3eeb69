import { beforeAll, expect, it } from 'vitest';
import type { LinkOptions } from '../../agent/io/mqtt.ts';
import { cipherSuites } from '../../agent/io/tls-socket.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { startPlain } from '../support/agent-hostile.ts';
import { attempt, linkOptions, robotOf } from '../support/agent-mqtt.ts';
import { type ClientHello, readClientHello } from '../support/client-hello.ts';
import { type Identity, mintCa } from '../support/cloud-pki.ts';

let ca: KeyAndCertificate;
let robot: Identity;
beforeAll(async () => {
  ca = await mintCa();
  robot = await robotOf(ca);
});

/** The first bytes that the robot's link sends. */
async function helloOf(change: Partial<LinkOptions> = {}): Promise<ClientHello> {
  let hello: Promise<ClientHello> | undefined;
  await using server = await startPlain((socket) => {
    hello = readClientHello(socket);
  });
  await attempt(linkOptions(server.port, robot, ca.certificatePem, change)).observation;
  if (hello === undefined) throw new Error('the robot has not connected');
  return hello;
}

/** Served by AWS IoT Core under its policies of October 2022 (developer guide, "Transport security"); numbers of IANA. */
const awsSuites: Readonly<Record<number, string>> = {
  4865: 'TLS_AES_128_GCM_SHA256',
  4866: 'TLS_AES_256_GCM_SHA384',
  4867: 'TLS_CHACHA20_POLY1305_SHA256',
  49195: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  49196: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  49199: 'ECDHE-RSA-AES128-GCM-SHA256',
  49200: 'ECDHE-RSA-AES256-GCM-SHA384',
};
/** RFC 5746 section 3.3: a signal in the place of a suite. */
const renegotiationInfo = 0x00ff;

it('offers the cipher suites of AWS IoT Core and no others', async () => {
  const hello = await helloOf();
  const offered = hello.cipherSuites.filter((suite) => suite !== renegotiationInfo);
  expect(offered.map((suite) => awsSuites[suite])).toEqual([...cipherSuites]);
  expect(hello.serverNames).toEqual(['localhost']);
  expect(hello.protocols).toEqual([]);
});

it.each(['127.0.0.1', '::ffff:127.0.0.1'])(
  'sends no server name for the address %s',
  async (host) => {
    expect((await helloOf({ host })).serverNames).toEqual([]);
  },
);
