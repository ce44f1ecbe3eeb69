import { randomBytes } from 'node:crypto';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CredentialsName } from '../../agent/events.ts';
import { createLink, type LinkOptions } from '../../agent/io/mqtt.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import {
  type Behaviour,
  connack,
  type HostileServer,
  startHostile,
  wellBehaved,
} from '../support/agent-hostile.ts';
import { attempt, linkOptions, robotOf } from '../support/agent-mqtt.ts';
import { type Identity, mintCa } from '../support/cloud-pki.ts';
import { until } from '../support/cloud-until.ts';

let ca: KeyAndCertificate;
let robot: Identity;
let other: Identity;
beforeAll(async () => {
  ca = await mintCa();
  robot = await robotOf(ca);
  other = await robotOf(ca);
});

const optionsFor = ({ port }: HostileServer, change: Partial<LinkOptions> = {}) =>
  linkOptions(port, robot, ca.certificatePem, change);

const versions = ['TLSv1.3', 'TLSv1.2'] as const;
/** One key for the tickets of both servers, so that a session of one would be taken by the other. */
const ticketKeys = randomBytes(48);
const only = (version: (typeof versions)[number]): TlsOptions => ({
  minVersion: version,
  maxVersion: version,
  ticketKeys,
});

/** Notes for each connection whether it was resumed. */
function watching(manner: Behaviour = wellBehaved): { manner: Behaviour; resumed: boolean[] } {
  const resumed: boolean[] = [];
  const onSecure = (socket: TLSSocket) => {
    resumed.push(socket.isSessionReused());
    manner.onSecure?.(socket);
  };
  return { resumed, manner: { ...manner, onSecure } };
}

/** Up, and down again when the robot has what it needs to resume. */
async function visit(
  options: LinkOptions,
  link = createLink(options),
  credentials: CredentialsName = 'current',
) {
  const one = attempt(options, link, credentials);
  await one.untilUp();
  // TLS 1.3 hands its tickets out after the handshake; the answer to a ping comes behind them.
  link.probe();
  await until(() => one.proofs === 1);
  one.stop.abort();
  await one.observation;
  return link;
}

describe.each(versions)('a second connection by %s', (version) => {
  const tls = only(version);

  it('resumes the session of the first, and so does a third', async () => {
    const { manner, resumed } = watching();
    await using server = await startHostile(ca, manner, 'localhost', { tls });
    const options = optionsFor(server);
    const link = await visit(options);
    await visit(options, link);
    await visit(options, link);
    expect(resumed).toEqual([false, true, true]);
  });

  it('makes a full handshake with another certificate, and again with the first one', async () => {
    const { manner, resumed } = watching();
    await using server = await startHostile(ca, manner, 'localhost', { tls });
    let shown = robot;
    const options = optionsFor(server, {
      credentials: async () => ({ ca: ca.certificatePem, cert: shown.cert, key: shown.key }),
    });
    const link = await visit(options);
    shown = other;
    await visit(options, link);
    shown = robot;
    await visit(options, link);
    expect(resumed).toEqual([false, false, false]);
  });

  it('makes a full handshake with new credentials, and resumes nothing afterwards', async () => {
    const { manner, resumed } = watching();
    await using server = await startHostile(ca, manner, 'localhost', { tls });
    const options = optionsFor(server);
    const link = await visit(options);
    await visit(options, link, 'next');
    await visit(options, link, 'next');
    await visit(options, link);
    await visit(options, link);
    expect(resumed).toEqual([false, false, false, false, true]);
  });

  it('makes a full handshake after a rejected one', async () => {
    let code = 0;
    const { manner, resumed } = watching({
      onPacket(socket, packet) {
        if (packet.type === 1 && code !== 0) socket.end(connack(code));
        else wellBehaved.onPacket(socket, packet);
      },
    });
    await using server = await startHostile(ca, manner, 'localhost', { tls });
    const options = optionsFor(server);
    const link = await visit(options);
    code = 5;
    expect(await attempt(options, link).observation).toMatchObject({ code: 'connack-5' });
    code = 0;
    await visit(options, link);
    expect(resumed).toEqual([false, true, false]);
  });

  it('resumes nothing with a server of another name, and is rejected again', async () => {
    const { manner, resumed } = watching();
    await using server = await startHostile(ca, manner, 'elsewhere.example', { tls });
    const options = optionsFor(server);
    const link = createLink(options);
    for (let time = 0; time < 3; time++) {
      const observation = await attempt(options, link).observation;
      expect(observation).toMatchObject({ kind: 'tls', code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    }
    expect(resumed).not.toContain(true);
  });
});
