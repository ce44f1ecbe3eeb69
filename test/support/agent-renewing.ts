import { join } from 'node:path';
import { type Agent, createAgent } from '../../agent/agent.ts';
import { createLink } from '../../agent/io/mqtt.ts';
import { topicFilters } from '../../agent/link/inbound.ts';
import type { Identity } from '../../agent/ports.ts';
import { systemClock } from '../../base/clock.ts';
import { testConfig } from './agent-config.ts';
import { identityIn } from './agent-identity.ts';
import { memoryPorts } from './agent-ports.ts';
import { until } from './cloud-until.ts';

/** A whole agent with its identity on a real disk and a real link; only its board and store are in memory. */
export interface RenewingRobot extends AsyncDisposable {
  readonly agent: Agent;
  readonly identity: Identity;
  /** `pilotfish status` of the part `name`. */
  view(name: 'identity' | 'link'): Record<string, unknown>;
  /** Resolves when it is up, by `certificateId` where one is named, and no renewal is under way. */
  settled(certificateId?: string): Promise<void>;
  /** How the newest renewal ended. */
  result(): string | undefined;
}

export interface RobotOptions {
  readonly name?: string;
  readonly port: number;
  /** PEM: whom it trusts as its cloud. */
  readonly serverCa: string;
  readonly folder: string;
  /** PEM file: from whom it accepts renewals, besides its factory. */
  readonly renewalIssuers?: string;
  /** Gives it its first certificate for its request. */
  sign(csr: string): Promise<string>;
  /** Off where the cloud has no such services. */
  readonly services?: boolean;
}

export async function startRenewingRobot(options: RobotOptions): Promise<RenewingRobot> {
  const { name = 'R1', port, serverCa, services = true } = options;
  const { signal } = new AbortController();
  const identity = identityIn(join(options.folder, 'identity'), name, options.renewalIssuers);
  const { csr } = await identity.request('new', signal);
  await identity.install(await options.sign(csr));
  const on = { shadow: services, jobs: services };
  const link = createLink({
    host: 'localhost',
    port,
    clientId: name,
    keepAliveS: 30,
    connectMs: 5000,
    lastWill: '',
    alpn: [],
    subscriptions: topicFilters(name, on),
    clock: systemClock,
    credentials: async (credentials) => ({
      ca: serverCa,
      ...(await identity.credentials(credentials)),
    }),
  });
  const config = testConfig({ robot: name, retryS: 0.2, retrySMax: 1, ...on });
  const ports = { ...memoryPorts(), identity, link };
  const agent = await createAgent(ports, config, { version: '1.0.0', builtMs: 0 });
  const view = (part: string) =>
    (agent.status() as unknown as Record<string, Record<string, unknown>>)[part] ?? {};
  return {
    agent,
    identity,
    view,
    settled: (certificateId) =>
      until(() => {
        const { state, certificate } = view('identity');
        const isThat = certificateId === undefined || certificateId.startsWith(String(certificate));
        return view('link')['state'] === 'up' && state === 'settled' && isThat;
      }),
    result: () => (view('identity')['last'] as { result: string } | null)?.result,
    [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
  };
}
