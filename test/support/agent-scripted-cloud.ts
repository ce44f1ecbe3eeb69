import type { TLSSocket } from 'node:tls';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { certificateId } from '../../base/x509/certificates.ts';
import {
  connack,
  type HostileServer,
  type Packet,
  startHostile,
  wellBehaved,
} from './agent-hostile.ts';
import { createTopic, registerTopic } from './cloud-renewal.ts';

/** A scripted cloud: a broker that sends the time and answers certificate requests as the test says. */
export interface ScriptedCloud extends HostileServer {
  /** Every connection that got through the handshake, oldest first. */
  readonly handshakes: readonly { readonly certificateId: string; readonly isReused: boolean }[];
  /** The certificate that answers a request. */
  make: (csr: string) => Promise<string>;
  /** Whether CONNECT with this certificate is accepted. */
  admits: (certificateId: string) => boolean;
}

export async function startScriptedCloud(ca: KeyAndCertificate): Promise<ScriptedCloud> {
  const handshakes: { certificateId: string; isReused: boolean }[] = [];
  const script: Pick<ScriptedCloud, 'make' | 'admits'> = {
    make: () => Promise.reject(new Error('no certificate is expected')),
    admits: () => true,
  };
  const answer = async (socket: TLSSocket, topic: string, body: Record<string, string>) => {
    if (topic.endsWith('/up/time')) {
      const reply = { v: 1, token: body['token'], cloudMs: Date.now() };
      socket.write(message('robots/R1/down/time', reply));
    } else if (topic === createTopic) {
      const certificatePem = await script.make(body['certificateSigningRequest'] ?? '');
      const made = {
        certificatePem,
        certificateId: 'a'.repeat(64),
        certificateOwnershipToken: 't',
      };
      socket.write(message(`${createTopic}/accepted`, made));
    } else if (topic === registerTopic) {
      socket.write(message(`${registerTopic}/accepted`, { thingName: 'R1' }));
    }
  };
  const server = await startHostile(ca, {
    onSecure(socket) {
      const peer = socket.getPeerX509Certificate();
      const isReused = socket.isSessionReused();
      handshakes.push({ certificateId: peer ? certificateId(peer) : '', isReused });
    },
    onPacket(socket, packet) {
      const peer = socket.getPeerX509Certificate();
      if (packet.type === 1 && !script.admits(peer ? certificateId(peer) : '')) {
        socket.end(connack(5));
      } else if (packet.type === 3) {
        const { topic, body } = published(packet);
        void answer(socket, topic, body);
      } else {
        wellBehaved.onPacket(socket, packet);
      }
    },
  });
  return Object.assign(script, server, { handshakes });
}

/** A PUBLISH packet at QoS 0, MQTT 3.1.1 section 3.3. */
function message(topic: string, body: unknown): Buffer {
  const payload = JSON.stringify(body);
  const length: number[] = [];
  for (let left = 2 + topic.length + payload.length; ; left >>= 7) {
    if (left < 0x80) {
      length.push(left);
      break;
    }
    length.push((left & 0x7f) | 0x80);
  }
  return Buffer.concat([
    Buffer.from([0x30, ...length, 0, topic.length]),
    Buffer.from(topic + payload),
  ]);
}

function published({ body }: Packet): { topic: string; body: Record<string, string> } {
  const end = 2 + body.readUInt16BE(0);
  const topic = body.subarray(2, end).toString();
  return { topic, body: JSON.parse(body.subarray(end).toString()) as Record<string, string> };
}
