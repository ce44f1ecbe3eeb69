import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLink } from '../../agent/io/mqtt.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { type HostileServer, startHostile, wellBehaved } from '../support/agent-hostile.ts';
import { attempt, linkOptions, robotOf } from '../support/agent-mqtt.ts';
import { type Identity, mintCa } from '../support/cloud-pki.ts';
import { until } from '../support/cloud-until.ts';
import { forbiddenStrings, hex, packet, publishBytes } from '../support/mqtt-bytes.ts';

// Packets that break the rules of MQTT 3.1.1, on the way into a real client library: they end their connection and nothing else.

let ca: KeyAndCertificate;
let robot: Identity;
let server: HostileServer;
/** Written right behind SUBACK, or in place of it. */
let bad: Buffer = Buffer.alloc(0);
let isInPlaceOfSuback = false;
beforeAll(async () => {
  ca = await mintCa();
  robot = await robotOf(ca);
  server = await startHostile(ca, {
    onPacket(socket, received) {
      if (received.type !== 8 || !isInPlaceOfSuback) wellBehaved.onPacket(socket, received);
      if (received.type === 8) socket.write(bad);
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const options = () => linkOptions(server.port, robot, ca.certificatePem);

/** What the robot sees when a broker sends these bytes. */
async function observe(bytes: Buffer, inPlaceOfSuback = false) {
  bad = bytes;
  isInPlaceOfSuback = inPlaceOfSuback;
  const one = attempt(options());
  return { ...(await one.observation), received: one.received };
}

const malformed: readonly (readonly [string, Buffer])[] = [
  ['PUBREL without an id', hex('62 00')],
  ['PUBREL with half an id', hex('62 01 01')],
  ['PUBREL', hex('62 02 00 01')],
  ['PUBLISH at QoS 1 without topic and id', hex('32 02 00 00')],
  ['PUBLISH at QoS 1 without an id', hex('32 03 00 01 74')],
  ['PUBLISH at QoS 2', packet(0x34, hex('00 01 74 00 01'))],
  ['PUBACK without an id', hex('40 00')],
  ['PUBREC without an id', hex('50 00')],
  ['PUBREC with half an id', hex('50 01 01')],
  ['PUBCOMP without an id', hex('70 00')],
  ['SUBACK without an id', hex('90 00')],
  ['UNSUBACK without an id', hex('b0 00')],
  ['a CONNECT of MQTT 5', hex('10 0f 00 04 4d 51 54 54 05 02 00 3c 00 00 02 52 31')],
  ['AUTH of MQTT 5', hex('f0 00')],
  ['PUBLISH with a wildcard', publishBytes('robots/R1/down/#')],
  ...forbiddenStrings
    .slice(0, 4)
    .map(([name, bytes]) => [`PUBLISH with ${name} in its topic`, publishBytes(bytes)] as const),
];

describe('the link, when the broker sends a malformed packet', () => {
  it.each(malformed)('closes the connection with a protocol fault: %s', async (_name, bytes) => {
    const fault = { code: 'protocol', received: [], detail: expect.stringMatching(/./) };
    expect(await observe(bytes)).toMatchObject({ kind: 'lost', ...fault });
    expect(await observe(bytes, true)).toMatchObject({ kind: 'lost', ...fault });
  });

  it('delivers the message before it in the same bytes', async () => {
    const bytes = Buffer.concat([publishBytes('robots/R1/down/time', 'before'), hex('62 00')]);
    expect((await observe(bytes)).received).toEqual([['robots/R1/down/time', 'before']]);
  });
});

it('skips and reports a message that is too large, and delivers the next one', async () => {
  const [topic, next] = ['robots/R1/down/commands', 'robots/R1/down/time'];
  bad = Buffer.concat([publishBytes(topic, Buffer.alloc(200_000)), publishBytes(next, 'next')]);
  isInPlaceOfSuback = false;
  const one = attempt(options());
  await until(() => one.received.length > 0);
  expect(one.received).toEqual([[next, 'next']]);
  expect(one.skipped).toEqual([[topic, 2 + topic.length + 200_000]]);
  one.stop.abort();
  await one.observation;
});

/** Well-formed packets of every type, as seeds to change. */
const seeds = [
  hex('20 02 00 00'),
  publishBytes('robots/R1/down/time', '{"v":1}'),
  packet(0x32, hex('00 01 74 00 07'), Buffer.from('x')),
  packet(0x34, hex('00 01 74 00 07'), Buffer.from('x')),
  ...[0x40, 0x50, 0x62, 0x70, 0xb0].map((first) => packet(first, [0, 1])),
  hex('90 04 00 01 00 00'),
  hex('d0 00'),
  hex('10 0f 00 04 4d 51 54 54 04 02 00 3c 00 00 02 52 31'),
  hex('82 06 00 01 00 01 61 00'),
  hex('a2 05 00 01 00 01 61'),
  hex('c0 00'),
  hex('e0 00'),
  hex('f0 00'),
];

/** A few of them one after the other, each with a few bytes changed, and cut off somewhere. */
const mutated = fc
  .array(
    fc.record({
      seed: fc.constantFrom(...seeds),
      changes: fc.array(fc.tuple(fc.nat(40), fc.nat(255)), { maxLength: 3 }),
      cut: fc.option(fc.nat(20), { freq: 4, nil: undefined }),
    }),
    { minLength: 1, maxLength: 4 },
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

it('survives every mutated packet with a link that works', async () => {
  const link = createLink(options());
  await fc.assert(
    fc.asyncProperty(mutated, async (bytes) => {
      bad = bytes;
      isInPlaceOfSuback = false;
      const one = attempt(options(), link);
      // What is left open by a packet that is not whole ends with the attempt.
      await Promise.race([one.observation, one.untilUp()]);
      one.stop.abort();
      await one.observation;
    }),
    { numRuns: 150, seed: 5 },
  );
});
