import { type Fault, readField, stringFault, topicFault } from './strings.ts';

/** MQTT 3.1.1 section 3.1. */
const protocolName = 'MQTT';
const level311 = 4;

/** What is wrong with the body of a CONNECT packet. A packet of another protocol level is not checked. */
export function connectFault(body: Uint8Array, isStrict: boolean): Fault | undefined {
  const name = readField(body, 0);
  if (name === undefined || String.fromCharCode(...name.bytes.subarray(0, 8)) !== protocolName) {
    return 'a protocol name that is not MQTT [MQTT-3.1.2-1]';
  }
  if (isForeignLevel(body)) return undefined;
  const flags = body[7];
  if (flags === undefined || body.length < 10) return 'too short (section 3.1.2)';
  return flagsFault(flags) ?? payloadFault(body, flags, isStrict);
}

/** Whether a CONNECT packet is of MQTT 5 or another level, which [MQTT-3.1.2-2] answers with a code of its own. */
export const isForeignLevel = (body: Uint8Array): boolean => body[6] !== level311;

const flagBits = {
  reserved: 1,
  will: 4,
  willQos: 0x18,
  willRetain: 0x20,
  password: 0x40,
  user: 0x80,
};

function flagsFault(flags: number): Fault | undefined {
  const has = (bits: number) => (flags & bits) !== 0;
  const willQos = (flags & flagBits.willQos) >> 3;
  if (has(flagBits.reserved)) return 'the reserved flag is set [MQTT-3.1.2-3]';
  if (!has(flagBits.will) && willQos !== 0) return 'QoS of a will without a will [MQTT-3.1.2-13]';
  if (willQos === 3) return 'a will at QoS 3 [MQTT-3.1.2-14]';
  if (!has(flagBits.will) && has(flagBits.willRetain)) {
    return 'retain of a will without a will [MQTT-3.1.2-15]';
  }
  if (!has(flagBits.user) && has(flagBits.password)) {
    return 'a password without a user name [MQTT-3.1.2-22]';
  }
  return undefined;
}

/** The fields in the order of section 3.1.3: client id, will topic and message, user name, password. */
function payloadFault(body: Uint8Array, flags: number, isStrict: boolean): Fault | undefined {
  const anyBytes = () => undefined;
  const fields = [
    { name: 'client id', bit: 0xff, check: stringFault },
    { name: 'will topic', bit: flagBits.will, check: topicFault },
    { name: 'will message', bit: flagBits.will, check: anyBytes },
    { name: 'user name', bit: flagBits.user, check: stringFault },
    { name: 'password', bit: flagBits.password, check: anyBytes },
  ];
  let at = 10;
  for (const { name, bit, check } of fields) {
    if ((flags & bit) === 0 && name !== 'client id') continue;
    const field = readField(body, at);
    if (field === undefined) return `ends within the ${name} [MQTT-3.1.3-1]`;
    const fault = check(field.bytes, isStrict);
    if (fault !== undefined) return `${name}: ${fault}`;
    at = field.next;
  }
  return at === body.length ? undefined : 'bytes behind the last field (section 3.1.3)';
}
