import { limits } from '../limits.ts';
import { connectFault } from './connect.ts';
import { type Fault, filterFault, readField, readUint16, topicFault } from './strings.ts';

/** The reading side: a client that reads its server's packets, or a server that reads a client's. */
export type Role = 'client' | 'server';

/** Control packet types, MQTT 3.1.1 section 2.2.1. */
export const packetType = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
} as const;

export interface Reading {
  readonly role: Role;
  /**
   * The highest QoS that the reader has requested. A reader that publishes and subscribes at QoS 0 only rejects packets
   * of a higher QoS: it would have to respond, and could be made to respond without end.
   */
  readonly qosMax: 0 | 1 | 2;
}

interface Rule {
  readonly name: string;
  readonly readers: readonly Role[];
  /** The flags that the fixed header must have; undefined: the flags carry information. */
  readonly flags: number | undefined;
  /** Bounds of the remaining length. */
  readonly bytes: readonly [min: number, max: number];
  /** The lowest QoS at which such packets exist. */
  readonly qos: 0 | 1 | 2;
  fault?(body: Uint8Array, isStrict: boolean): Fault | undefined;
}

const noMax = Number.POSITIVE_INFINITY;
const both: readonly Role[] = ['client', 'server'];

/** Section 2.2.1 for the direction, 2.2.2 for the flags, chapter 3 for the rest. PUBLISH has flags of its own. */
const rules: Readonly<Record<number, Rule>> = {
  1: {
    name: 'CONNECT',
    readers: ['server'],
    flags: 0,
    bytes: [8, noMax],
    qos: 0,
    fault: connectFault,
  },
  2: { name: 'CONNACK', readers: ['client'], flags: 0, bytes: [2, 2], qos: 0, fault: connackFault },
  3: { name: 'PUBLISH', readers: both, flags: undefined, bytes: [3, noMax], qos: 0 },
  4: { name: 'PUBACK', readers: both, flags: 0, bytes: [2, 2], qos: 1, fault: idFault },
  5: { name: 'PUBREC', readers: both, flags: 0, bytes: [2, 2], qos: 2, fault: idFault },
  // [MQTT-3.6.1-1]
  6: { name: 'PUBREL', readers: both, flags: 2, bytes: [2, 2], qos: 2, fault: idFault },
  7: { name: 'PUBCOMP', readers: both, flags: 0, bytes: [2, 2], qos: 2, fault: idFault },
  // [MQTT-3.8.1-1]; [MQTT-3.8.3-3]: at least one filter with its QoS.
  8: {
    name: 'SUBSCRIBE',
    readers: ['server'],
    flags: 2,
    bytes: [6, noMax],
    qos: 0,
    fault: subscribeFault,
  },
  9: {
    name: 'SUBACK',
    readers: ['client'],
    flags: 0,
    bytes: [3, noMax],
    qos: 0,
    fault: subackFault,
  },
  // [MQTT-3.10.1-1]; [MQTT-3.10.3-2]: at least one filter.
  10: {
    name: 'UNSUBSCRIBE',
    readers: ['server'],
    flags: 2,
    bytes: [5, noMax],
    qos: 0,
    fault: unsubscribeFault,
  },
  11: { name: 'UNSUBACK', readers: ['client'], flags: 0, bytes: [2, 2], qos: 0, fault: idFault },
  12: { name: 'PINGREQ', readers: ['server'], flags: 0, bytes: [0, 0], qos: 0 },
  13: { name: 'PINGRESP', readers: ['client'], flags: 0, bytes: [0, 0], qos: 0 },
  // [MQTT-3.14.1-1]
  14: { name: 'DISCONNECT', readers: ['server'], flags: 0, bytes: [0, 0], qos: 0 },
};

export const nameOf = (type: number): string => rules[type]?.name ?? `packet type ${type}`;

/** What is wrong with a fixed header, before any of the packet is kept. */
export function headerFault(
  first: number,
  length: number,
  { role, qosMax }: Reading,
): Fault | undefined {
  const [type, flags] = [first >> 4, first & 0x0f];
  const rule = rules[type];
  if (rule === undefined) return `${nameOf(type)} is reserved (section 2.2.1)`;
  const fault = (what: string) => `${rule.name}: ${what}`;
  if (!rule.readers.includes(role)) return fault(`is not for a ${role} (section 2.2.1)`);
  if (rule.qos > qosMax) return fault(`answers nothing that this ${role} has sent`);
  if (rule.flags !== undefined && flags !== rule.flags) {
    return fault(`flags ${flags} in the fixed header [MQTT-2.2.2-2]`);
  }
  const [min, max] = rule.bytes;
  if (length < min) return fault(`${length} bytes, at least ${min} (chapter 3)`);
  if (length > max) return fault(`${length} bytes, at most ${max} (chapter 3)`);
  return type === packetType.publish ? publishFlagsFault(flags, qosMax) : undefined;
}

/** What is wrong with a complete packet whose header is valid. */
export function bodyFault(first: number, body: Uint8Array, { role }: Reading): Fault | undefined {
  const type = first >> 4;
  // A client does not drop its connection because of what the server may forward.
  const isStrict = role === 'server';
  const fault =
    type === packetType.publish
      ? publishFault(body, qosOf(first), isStrict)
      : rules[type]?.fault?.(body, isStrict);
  return fault && `${nameOf(type)}: ${fault}`;
}

const qosOf = (flags: number): number => (flags >> 1) & 3;

function publishFlagsFault(flags: number, qosMax: number): Fault | undefined {
  const qos = qosOf(flags);
  if (qos === 3) return 'PUBLISH: QoS 3 [MQTT-3.3.1-4]';
  if (qos === 0 && (flags & 8) !== 0) return 'PUBLISH: DUP at QoS 0 [MQTT-3.3.1-2]';
  // [MQTT-3.8.4-6]: not above the QoS that was granted.
  return qos > qosMax ? 'PUBLISH: a message above QoS 0 [MQTT-3.8.4-6]' : undefined;
}

function publishFault(body: Uint8Array, qos: number, isStrict: boolean): Fault | undefined {
  const topic = readField(body, 0);
  if (topic === undefined) return 'ends within the topic (section 3.3.2)';
  const fault = topicFault(topic.bytes, isStrict);
  return fault ?? (qos === 0 ? undefined : idFault(body.subarray(topic.next)));
}

function connackFault([flags = 0, code = 0]: Uint8Array): Fault | undefined {
  if (flags > 1) return 'reserved flags are set (section 3.2.2.1)';
  // AWS IoT uses return codes that 3.1.1 reserves, so any code is accepted.
  if (flags === 1 && code !== 0) return 'a session with a refusal [MQTT-3.2.2-4]';
  return undefined;
}

function idFault(body: Uint8Array): Fault | undefined {
  const id = readUint16(body, 0);
  if (id === Number.POSITIVE_INFINITY) return 'no packet identifier (section 2.3.1)';
  return id === 0 ? 'packet identifier 0 [MQTT-2.3.1-1]' : undefined;
}

const subackCodes = [0, 1, 2, 0x80];

function subackFault(body: Uint8Array): Fault | undefined {
  const codes = body.subarray(2);
  if (!codes.every((code) => subackCodes.includes(code))) return 'a reserved code [MQTT-3.9.3-2]';
  return idFault(body);
}

function subscribeFault(body: Uint8Array, isStrict: boolean): Fault | undefined {
  return (
    idFault(body) ?? filtersFault(body, isStrict, 1) ?? (isStrict ? countFault(body) : undefined)
  );
}

function unsubscribeFault(body: Uint8Array, isStrict: boolean): Fault | undefined {
  return idFault(body) ?? filtersFault(body, isStrict, 0);
}

/** Not MQTT's rule but AWS IoT Core's, "Message broker and protocol limits". The list is known to be well formed. */
function countFault(body: Uint8Array): Fault | undefined {
  let count = 0;
  for (let at = 2; at < body.length; count++) at += 2 + readUint16(body, at) + 1;
  const { subscribeFiltersMax } = limits;
  return count > subscribeFiltersMax
    ? `${count} filters, at most ${subscribeFiltersMax} in one packet`
    : undefined;
}

/** Whether a whole, well formed packet is a SUBSCRIBE with a filter at QoS 2. */
export function subscribesAtQos2(packet: Uint8Array): boolean {
  if ((packet[0] ?? 0) >> 4 !== packetType.subscribe) return false;
  // Behind the remaining length (section 2.2.3) and the packet identifier.
  const lengthBytes = packet.subarray(1).findIndex((byte) => byte < 0x80) + 1;
  for (let at = 1 + lengthBytes + 2; at < packet.length; ) {
    const next = at + 2 + readUint16(packet, at);
    if (packet[next] === 2) return true;
    at = next + 1;
  }
  return false;
}

/** A list of filters, each followed by `optionBytes`. */
function filtersFault(body: Uint8Array, isStrict: boolean, optionBytes: 0 | 1): Fault | undefined {
  for (let at = 2; at < body.length; ) {
    const filter = readField(body, at);
    if (filter === undefined) return 'ends within a topic filter (section 3.8.3)';
    const fault = filterFault(filter.bytes, isStrict);
    if (fault !== undefined) return fault;
    at = filter.next + optionBytes;
    if (at > body.length) return 'a topic filter without its QoS [MQTT-3.8.3-3]';
    // [MQTT-3.8.3-4]: the upper six bits are reserved, and there is no QoS 3.
    if (optionBytes === 1 && (body[at - 1] ?? 0) > 2) return 'a QoS above 2 [MQTT-3.8.3-4]';
  }
  return undefined;
}
