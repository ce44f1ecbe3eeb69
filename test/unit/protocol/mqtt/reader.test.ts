import { describe, expect, it } from 'vitest';
import { PacketReader, type Read, type ReaderOptions } from '../../../../protocol/mqtt/reader.ts';
import {
  connectBytes,
  discouragedStrings,
  field,
  forbiddenStrings,
  hex,
  packet,
  publishBytes,
  remainingLength,
  subscribeBytes,
  unsubscribeBytes,
} from '../../../support/mqtt-bytes.ts';

const limits = { bytesMax: 1000, skippedBytesMax: 5000 };
const client: ReaderOptions = { role: 'client', qosMax: 0, ...limits };
const server: ReaderOptions = { role: 'server', qosMax: 2, bytesMax: 1000, skippedBytesMax: 0 };
const connack = hex('20 02 00 00');

/** What the reader returns for these bytes, up to the first fault. */
function readAll(options: ReaderOptions, ...chunks: Uint8Array[]): Read[] {
  const reader = new PacketReader(options);
  const found: Read[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let read = reader.next(); read !== undefined; read = reader.next()) {
      found.push(read.kind === 'packet' ? { ...read, bytes: Buffer.from(read.bytes) } : read);
      if (read.kind === 'fault') return found;
    }
  }
  return found;
}

/** What the reader returns for a packet after the one that opens the connection. */
const behind = (options: ReaderOptions, bytes: Uint8Array): Read | undefined =>
  readAll(options, options.role === 'client' ? connack : connectBytes(), bytes)[1];

const faultOf = (read: Read | undefined): string | undefined =>
  read?.kind === 'fault' ? `${read.code}: ${read.detail}` : read?.kind;

describe('a reader returns', () => {
  it.each<readonly [string, ReaderOptions, Buffer]>([
    ['PUBLISH', client, publishBytes('t/ü', 'x')],
    ['PUBLISH without a payload', client, publishBytes('t')],
    ['PUBLISH with a BOM in its topic', client, publishBytes('\ufefft')],
    ['PUBLISH with RETAIN', client, packet(0x31, field('t'))],
    ['PUBLISH at QoS 1', server, packet(0x32, field('t'), [0, 1])],
    ['PUBLISH at QoS 2 with DUP', server, packet(0x3c, field('t'), [0, 1])],
    ['SUBACK', client, hex('90 05 00 01 00 02 80')],
    ['UNSUBACK', client, hex('b0 02 00 01')],
    ['PINGRESP', client, hex('d0 00')],
    ['PINGREQ', server, hex('c0 00')],
    ['a remaining length in more bytes than it needs', server, hex('c0 80 80 00')],
    ['PUBACK', server, hex('40 02 00 01')],
    ['PUBREC', server, hex('50 02 00 01')],
    ['PUBREL', server, hex('62 02 00 01')],
    ['PUBCOMP', server, hex('70 02 00 01')],
    ['SUBSCRIBE', server, subscribeBytes(1, '#', '+', 'a/+/b', 'a/#', '/', '+/', '$aws/#')],
    ['UNSUBSCRIBE', server, unsubscribeBytes(7, 'a/b', '#')],
    ['DISCONNECT', server, hex('e0 00')],
  ])('%s', (_name, options, bytes) => {
    expect(behind(options, bytes)).toEqual({ kind: 'packet', bytes });
  });

  it.each([
    ['a client id only', connectBytes()],
    ['an empty client id', connectBytes({ clientId: '' })],
    ['everything', connectBytes({ will: { topic: 'w', message: 'm' }, user: 'u', password: 'p' })],
    ['an empty user name', connectBytes({ user: '' })],
  ])('CONNECT with %s', (_name, bytes) => {
    expect(readAll(server, bytes)).toEqual([{ kind: 'packet', bytes }]);
  });

  it.each([0, 1, 5, 7, 255])('CONNACK with the return code %i, which AWS IoT uses too', (code) => {
    expect(readAll(client, Buffer.from([0x20, 2, 0, code]))).toHaveLength(1);
  });

  it('the same packets for any split of the bytes', () => {
    const packets = [connectBytes(), publishBytes('t', 'x'.repeat(300)), hex('c0 00')];
    const whole = Buffer.concat([...packets, publishBytes('u', 'y'.repeat(900))]);
    const expected = readAll(server, whole);
    expect(expected).toHaveLength(4);
    for (const size of [1, 2, 3, 7, 100, 301]) {
      const cuts = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
        whole.subarray(i * size, (i + 1) * size),
      );
      expect(readAll(server, ...cuts)).toEqual(expected);
    }
  });
});

describe('a client rejects as malformed', () => {
  it.each<readonly [string, Buffer, RegExp]>([
    ['PUBREL without an id', hex('62 00'), /answers nothing/],
    ['PUBREL with half an id', hex('62 01 01'), /answers nothing/],
    ['PUBREL', hex('62 02 00 01'), /answers nothing/],
    ['PUBACK', hex('40 02 00 01'), /answers nothing/],
    ['PUBREC', hex('50 02 00 01'), /answers nothing/],
    ['PUBCOMP', hex('70 02 00 01'), /answers nothing/],
    ['PUBLISH at QoS 1', packet(0x32, field('t'), [0, 1]), /above QoS 0 .*3\.8\.4-6/],
    ['PUBLISH at QoS 1 without an id', hex('32 02 00 00'), /PUBLISH/],
    ['PUBLISH at QoS 2', packet(0x34, field('t'), [0, 1]), /above QoS 0/],
    ['PUBLISH at QoS 3', packet(0x36, field('t'), [0, 1]), /3\.3\.1-4/],
    ['PUBLISH with DUP at QoS 0', packet(0x38, field('t')), /3\.3\.1-2/],
    ['PUBLISH with an empty topic', publishBytes('', 'xx'), /4\.7\.3-1/],
    ['PUBLISH with "#"', publishBytes('a/#'), /3\.3\.2-2/],
    ['PUBLISH with "+"', publishBytes('a/+/b'), /3\.3\.2-2/],
    ['PUBLISH that ends within its topic', hex('30 03 00 05 61'), /within the topic/],
    ['PUBLISH of two bytes', hex('30 02 00 00'), /at least 3/],
    ['a second CONNACK', connack, /second CONNACK/],
    ['SUBACK with id 0', hex('90 03 00 00 00'), /2\.3\.1-1/],
    ['SUBACK without codes', hex('90 02 00 01'), /at least 3/],
    ['SUBACK with a reserved code', hex('90 03 00 01 03'), /3\.9\.3-2/],
    ['SUBACK with flags', hex('92 03 00 01 00'), /2\.2\.2-2/],
    ['UNSUBACK with id 0', hex('b0 02 00 00'), /2\.3\.1-1/],
    ['UNSUBACK of three bytes', hex('b0 03 00 01 00'), /at most 2/],
    ['PINGRESP with a body', hex('d0 01 00'), /at most 0/],
    ['PINGRESP with flags', hex('d1 00'), /2\.2\.2-2/],
    ['CONNECT', connectBytes(), /CONNECT/],
    ['SUBSCRIBE', subscribeBytes(1, 'a'), /not for a client/],
    ['UNSUBSCRIBE', unsubscribeBytes(1, 'a'), /not for a client/],
    ['PINGREQ', hex('c0 00'), /not for a client/],
    ['DISCONNECT', hex('e0 00'), /not for a client/],
    ['packet type 0', hex('00 00'), /reserved/],
    ['packet type 15, AUTH of MQTT 5', hex('f0 00'), /reserved/],
    ['a remaining length of five bytes', hex('30 80 80 80 80 01'), /four bytes/],
  ])('%s', (_name, bytes, fault) => {
    expect(faultOf(behind(client, bytes))).toMatch(fault);
    expect(faultOf(behind(client, bytes))).toMatch(/^malformed: /);
  });

  it.each<readonly [string, Buffer]>([
    ['reserved flags in it', hex('20 02 02 00')],
    ['a session beside a refusal', hex('20 02 01 05')],
    ['one byte', hex('20 01 00')],
    ['three bytes', hex('20 03 00 00 00')],
    ['flags in its header', hex('21 02 00 00')],
  ])('CONNACK with %s', (_name, bytes) => {
    expect(faultOf(readAll(client, bytes)[0])).toMatch(/^malformed: CONNACK/);
  });

  it('anything before CONNACK', () => {
    expect(faultOf(readAll(client, publishBytes('t'))[0])).toMatch(/PUBLISH before anything else/);
  });
});

describe('a server rejects as malformed', () => {
  it.each<readonly [string, Buffer, RegExp]>([
    ['PUBREL without an id', hex('62 00'), /at least 2/],
    ['PUBREL with half an id', hex('62 01 01'), /at least 2/],
    ['PUBREL with id 0', hex('62 02 00 00'), /2\.3\.1-1/],
    ['PUBREL without its flag', hex('60 02 00 01'), /2\.2\.2-2/],
    ['PUBACK with three bytes', hex('40 03 00 01 00'), /at most 2/],
    ['PUBREC with id 0', hex('50 02 00 00'), /2\.3\.1-1/],
    ['PUBCOMP without an id', hex('70 00'), /at least 2/],
    ['PUBLISH at QoS 1 without an id', hex('32 03 00 01 61'), /no packet identifier/],
    ['PUBLISH at QoS 1 with id 0', packet(0x32, field('t'), [0, 0]), /2\.3\.1-1/],
    ['PUBLISH at QoS 3', packet(0x36, field('t'), [0, 1]), /3\.3\.1-4/],
    ['SUBSCRIBE with id 0', subscribeBytes(0, 'a'), /2\.3\.1-1/],
    ['SUBSCRIBE without its flag', packet(0x80, [0, 1], field('a'), [0]), /2\.2\.2-2/],
    ['SUBSCRIBE without a filter', hex('82 02 00 01'), /at least 6/],
    [
      'SUBSCRIBE with 9 filters',
      subscribeBytes(1, ...Array.from('abcdefghi')),
      /9 filters, at most 8/,
    ],
    ['SUBSCRIBE with an empty filter', subscribeBytes(1, '', 'a'), /4\.7\.3-1/],
    ['SUBSCRIBE at QoS 3', packet(0x82, [0, 1], field('a'), [3]), /3\.8\.3-4/],
    ['SUBSCRIBE with an option of MQTT 5', packet(0x82, [0, 1], field('a'), [4]), /3\.8\.3-4/],
    ['SUBSCRIBE without a QoS', packet(0x82, [0, 1], field('ab')), /3\.8\.3-3/],
    [
      'SUBSCRIBE that ends in a filter',
      packet(0x82, [0, 1], [0, 9], [1, 2]),
      /within a topic filter/,
    ],
    ['SUBSCRIBE to a/#/b', subscribeBytes(1, 'a/#/b'), /4\.7\.1-2/],
    ['SUBSCRIBE to a#', subscribeBytes(1, 'a#'), /4\.7\.1-2/],
    ['SUBSCRIBE to a+/b', subscribeBytes(1, 'a+/b'), /4\.7\.1-3/],
    ['SUBSCRIBE to a/+b', subscribeBytes(1, 'a/+b'), /4\.7\.1-3/],
    ['UNSUBSCRIBE without a filter', hex('a2 02 00 01'), /at least 5/],
    ['UNSUBSCRIBE with id 0', unsubscribeBytes(0, 'a'), /2\.3\.1-1/],
    ['PINGREQ with a body', hex('c0 01 00'), /at most 0/],
    ['DISCONNECT with flags', hex('e1 00'), /2\.2\.2-2/],
    ['DISCONNECT with a reason of MQTT 5', hex('e0 01 00'), /at most 0/],
    ['CONNACK', connack, /second|not for/],
    ['SUBACK', hex('90 03 00 01 00'), /not for a server/],
    ['PINGRESP', hex('d0 00'), /not for a server/],
    ['a second CONNECT', connectBytes(), /second CONNECT/],
    ['AUTH of MQTT 5', hex('f0 00'), /reserved/],
  ])('%s', (_name, bytes, fault) => {
    expect(faultOf(behind(server, bytes))).toMatch(fault);
    expect(faultOf(behind(server, bytes))).toMatch(/^malformed: /);
  });

  it.each<readonly [string, Buffer, RegExp]>([
    ['the reserved flag', connectBytes({ flags: 3 }), /3\.1\.2-3/],
    ['QoS of a missing will', connectBytes({ flags: 0x0a }), /3\.1\.2-13/],
    ['retain of a missing will', connectBytes({ flags: 0x22 }), /3\.1\.2-15/],
    ['a will at QoS 3', connectBytes({ will: { topic: 'w' }, flags: 0x1e }), /3\.1\.2-14/],
    ['a password without a user name', connectBytes({ password: 'p' }), /3\.1\.2-22/],
    ['a will topic with a wildcard', connectBytes({ will: { topic: 'a/#' } }), /will topic: /],
    ['an empty will topic', connectBytes({ will: { topic: '' } }), /will topic: /],
    ['a missing will', connectBytes({ flags: 6 }), /ends within the will topic/],
    ['bytes behind its fields', connectBytes({ user: 'u', flags: 2 }), /behind the last field/],
    [
      'another name of the protocol',
      packet(0x10, field('MQIsdp'), [3, 2, 0, 60], field('R1')),
      /3\.1\.2-1/,
    ],
    ['no fields', packet(0x10, field('MQTT'), [4, 2]), /CONNECT/],
  ])('CONNECT with %s', (_name, bytes, fault) => {
    expect(faultOf(readAll(server, bytes)[0])).toMatch(fault);
  });

  it('any packet before CONNECT, and any after DISCONNECT', () => {
    expect(faultOf(readAll(server, hex('c0 00'))[0])).toMatch(/PINGREQ before anything else/);
    const [, , third] = readAll(server, connectBytes(), hex('e0 00'), hex('c0 00'));
    expect(faultOf(third)).toMatch(/PINGREQ behind DISCONNECT/);
  });

  it.each([3, 5, 6, 0x84])('CONNECT of level %i, and reports the other level', (level) => {
    expect(readAll(server, connectBytes({ level }))).toMatchObject([
      { code: 'other-level', level },
    ]);
  });
});

describe('strings that section 1.5.3 forbids', () => {
  const places: readonly (readonly [string, (text: Buffer) => Read | undefined])[] = [
    ['topic', (text) => behind(server, publishBytes(text))],
    ['topic, seen by a client', (text) => behind(client, publishBytes(text))],
    ['filter', (text) => behind(server, subscribeBytes(1, 'a', text))],
    ['filter that is given up', (text) => behind(server, unsubscribeBytes(1, text))],
    ['client id', (text) => readAll(server, connectBytes({ clientId: text }))[0]],
    ['will topic', (text) => readAll(server, connectBytes({ will: { topic: text } }))[0]],
    ['user name', (text) => readAll(server, connectBytes({ user: text }))[0]],
  ];

  it.each(places)('are faults as %s', (_name, read) => {
    const found = forbiddenStrings.map(([name, bytes]) => [name, faultOf(read(bytes))]);
    const isFault = expect.stringMatching(/^malformed: .*\[MQTT-1\.5\.3-[12]\]$/);
    expect(found).toEqual(forbiddenStrings.map(([name]) => [name, isFault]));
  });

  it('are accepted as payload, will message and password, which are bytes', () => {
    const bytes = hex('00 c3 28 ff');
    expect(behind(server, publishBytes('t', bytes))).toMatchObject({ kind: 'packet' });
    const connect = packet(
      0x10,
      field('MQTT'),
      [4, 0xc6, 0, 60],
      field('R1'),
      field('w'),
      field(bytes),
      field('u'),
      field(bytes),
    );
    expect(readAll(server, connect)).toMatchObject([{ kind: 'packet' }]);
  });

  it.each(discouragedStrings)(
    '%s is a fault for a server, which may close; a client accepts it',
    (_name, text) => {
      expect(faultOf(behind(server, publishBytes(text)))).toMatch(/1\.5\.3\)$/);
      expect(behind(client, publishBytes(text))).toMatchObject({ kind: 'packet' });
    },
  );
});

describe('a packet that is too large', () => {
  const head = (length: number) => Buffer.from([0x30, ...remainingLength(length)]);

  it('is accepted up to the limit, and rejected with one byte more', () => {
    expect(behind(client, publishBytes('t', 'x'.repeat(997)))).toMatchObject({ kind: 'packet' });
    expect(behind(client, publishBytes('t', 'x'.repeat(998)))).toMatchObject({ kind: 'skipped' });
  });

  it('is skipped for any split of its bytes, and the next one is read', () => {
    const bytes = Buffer.concat([publishBytes('big/ü', 'x'.repeat(4000)), publishBytes('next')]);
    const expected = [
      { kind: 'skipped', topic: 'big/ü', byteCount: 4008 },
      { kind: 'packet', bytes: publishBytes('next') },
    ];
    for (const size of [1, 5, 999, 4009, 4010, 4013, bytes.length]) {
      const cuts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(readAll(client, connack, ...cuts).slice(1)).toEqual(expected);
    }
  });

  it.each<readonly [string, ReaderOptions, Buffer]>([
    ['beyond what is skipped', client, Buffer.concat([head(5001), field('t')])],
    ['of 256 MB', client, Buffer.concat([hex('30 ff ff ff 7f'), field('t')])],
    ['for a server, which skips nothing', server, Buffer.concat([head(1001), field('t')])],
    [
      'above QoS 0, which would need an answer',
      server,
      Buffer.concat([hex('32 e9 07'), field('t')]),
    ],
  ])('is rejected with its topic before its payload has arrived: %s', (_name, options, bytes) => {
    expect(behind(options, bytes)).toMatchObject({ kind: 'fault', code: 'too-large', topic: 't' });
  });

  it('is rejected by its fixed header alone when it is not skipped', () => {
    expect(behind(client, hex('30 ff ff ff 7f'))).toMatchObject({ code: 'too-large' });
    expect(behind(server, hex('30 e9 07'))).toMatchObject({ code: 'too-large' });
    expect(behind(client, hex('30 e9 07'))).toBeUndefined();
  });

  it.each<readonly [string, ReaderOptions, Buffer]>([
    ['CONNECT', server, hex('10 e9 07')],
    ['SUBACK', client, hex('90 e9 07')],
    ['SUBSCRIBE', server, hex('82 e9 07')],
  ])('is rejected by its first bytes when it is no message: %s', (name, options, bytes) => {
    const read = name === 'CONNECT' ? readAll(options, bytes)[0] : behind(options, bytes);
    expect(read).toMatchObject({ kind: 'fault', code: 'too-large' });
  });

  it('is malformed when it breaks another rule', () => {
    const bytes = Buffer.concat([head(4000), field('a/#')]);
    expect(faultOf(behind(client, bytes))).toMatch(/^malformed: .*3\.3\.2-2/);
  });
});

it('is never stored beyond the bytes that have arrived', () => {
  const reader = new PacketReader({ ...client, bytesMax: 200_000_000 });
  const before = process.memoryUsage().arrayBuffers;
  reader.push(Buffer.concat([connack, hex('30 ff ff ff 40')]));
  expect(reader.next()).toMatchObject({ kind: 'packet' });
  for (let i = 0; i < 1000; i++) {
    reader.push(Buffer.from([0]));
    expect(reader.next()).toBeUndefined();
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
});

it('a reader repeats its fault and reads nothing more', () => {
  const reader = new PacketReader(client);
  reader.push(hex('62 00'));
  const fault = reader.next();
  expect(fault).toMatchObject({ kind: 'fault' });
  reader.push(connack);
  expect(reader.next()).toEqual(fault);
});
