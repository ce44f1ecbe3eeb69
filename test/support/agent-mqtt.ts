import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import type { CredentialsName, Observation } from '../../agent/events.ts';
import { createLink, type LinkOptions } from '../../agent/io/mqtt.ts';
import type { Link } from '../../agent/ports.ts';
import { systemClock } from '../../base/clock.ts';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { type Identity, mintRobot } from './cloud-pki.ts';
import { until } from './cloud-until.ts';

/** The robot's real link, and the result of one attempt. */
export interface Attempt {
  readonly link: Link;
  readonly stop: AbortController;
  /** How often `up` was called, and the messages received. */
  readonly ups: number;
  readonly drains: number;
  readonly proofs: number;
  readonly received: readonly (readonly [topic: string, text: string])[];
  /** Messages that were too large. */
  readonly skipped: readonly (readonly [topic: string, byteCount: number])[];
  readonly observation: Promise<Observation>;
  untilUp(): Promise<void>;
}

export const robotOf = (ca: KeyAndCertificate, name = 'R1'): Promise<Identity> =>
  mintRobot(ca, name);

/** Options that make a link of `robot` to a server on this machine whose CA is `serverCa` (PEM). */
export const linkOptions = (
  port: number,
  robot: Identity,
  serverCa: string,
  change: Partial<LinkOptions> = {},
): LinkOptions => ({
  host: 'localhost',
  port,
  clientId: robot.name,
  keepAliveS: 30,
  connectMs: 5000,
  lastWill: '',
  alpn: [],
  subscriptions: [`robots/${robot.name}/down/#`, `$aws/things/${robot.name}/shadow/get/+`],
  clock: systemClock,
  credentials: async () => ({ ca: serverCa, cert: robot.cert, key: robot.key }),
  ...change,
});

/** The same options, and how many full handshakes they make: a resumed one checks no certificate. */
export function countingHandshakes(options: LinkOptions): {
  readonly options: LinkOptions;
  readonly fullHandshakes: () => number;
} {
  let full = 0;
  const counting: ConnectionOptions = {
    checkServerIdentity(...about) {
      full += 1;
      return checkServerIdentity(...about);
    },
  };
  return {
    fullHandshakes: () => full,
    options: {
      ...options,
      credentials: async (credentials) => ({
        ...(await options.credentials(credentials)),
        ...counting,
      }),
    },
  };
}

export function attempt(
  options: LinkOptions,
  link: Link = createLink(options),
  credentials: CredentialsName = 'current',
): Attempt {
  const stop = new AbortController();
  const received: [string, string][] = [];
  const skipped: [string, number][] = [];
  let ups = 0;
  let drains = 0;
  let proofs = 0;
  const observation = link.run(
    credentials,
    {
      drained: () => {
        drains += 1;
      },
      proved: () => {
        proofs += 1;
      },
      up: () => {
        ups += 1;
      },
      skipped: (topic, byteCount) => skipped.push([topic, byteCount]),
      message: (topic, payload) => received.push([topic, new TextDecoder().decode(payload)]),
    },
    stop.signal,
  );
  return {
    link,
    stop,
    received: received,
    skipped,
    observation,
    get ups() {
      return ups;
    },
    get drains() {
      return drains;
    },
    get proofs() {
      return proofs;
    },
    untilUp: () => until(() => ups > 0),
  };
}

interface Resources {
  readonly sockets: number;
  readonly timers: number;
}

/** Sockets and timers of this process that keep it alive. */
export function activeResources(): Resources {
  const names = process.getActiveResourcesInfo();
  const isSocket = /^(TCPSocketWrap|TLSWrap|TCPConnectWrap|GetAddrInfoReqWrap)$/;
  return {
    sockets: names.filter((name) => isSocket.test(name)).length,
    timers: names.filter((name) => name === 'Timeout').length,
  };
}

/** Waits until there are no more sockets and timers than `before`. */
export const untilQuiet = (before: Resources): Promise<void> =>
  until(() => {
    const { sockets, timers } = activeResources();
    return sockets <= before.sockets && timers <= before.timers;
  });
