import type { Observation } from '../events.ts';
import { backoffMs } from '../kernel/machine.ts';

/** Ceiling of the first delay, and the highest one, in ms. */
export interface BackoffConfig {
  readonly retryMs: number;
  readonly retryMsMax: number;
}

/** AWS IoT Core accepts one CONNECT a second per client id; applied to every broker. */
export const connectGapMs = 1000;

/** A connection that was up so long is stable; a broker that accepts and drops must not be hammered. */
export const provenMs = 60_000;

/** Upper limit of every delay, whatever the configuration says. */
export const connectDelayMsMax = 3_600_000;
const nearMsMax = 60_000;

/**
 * Classes of failures: who bears the cost of the next attempt, and how soon it can succeed.
 *
 * `near`: nothing left the robot or its home network. No server is loaded, and the network may be back any moment.
 * `soon`: the cloud may be back any moment, or is just registering this robot.
 * `busy`: a server needs relief: a broker that throttles, or a connection that is taken over as soon as it is up.
 * `firm`: the cloud denied access, and will do so again until a person changes something.
 */
type Rule = 'near' | 'soon' | 'busy' | 'firm';

const rules: Readonly<
  Record<Rule, { readonly times: number; capMs(config: BackoffConfig): number }>
> = {
  near: { times: 1, capMs: ({ retryMsMax }) => Math.min(retryMsMax, nearMsMax) },
  soon: { times: 1, capMs: ({ retryMsMax }) => retryMsMax },
  busy: { times: 4, capMs: ({ retryMsMax }) => retryMsMax },
  firm: { times: 4, capMs: ({ retryMsMax }) => Math.min(12 * retryMsMax, connectDelayMsMax) },
};

/** The delay before the next attempt, in ms: full jitter below a ceiling that doubles with every failure in a row. */
export function connectDelayMs(
  config: BackoffConfig,
  seen: Observation,
  { failures, random }: { failures: number; random: number },
): number {
  // We closed it ourselves to open another one.
  if (seen.kind === 'closed') return connectGapMs;
  const { times, capMs } = rules[ruleOf(seen, failures)];
  const bounds = { baseMs: times * config.retryMs, capMs: capMs(config), floorMs: connectGapMs };
  return backoffMs(failures, random, bounds);
}

function ruleOf({ kind, code }: Observation, failures: number): Rule {
  switch (kind) {
    case 'unreachable':
      // The host is up and has to answer every attempt of the fleet.
      return code === 'ECONNREFUSED' || code === 'ECONNRESET' ? 'soon' : 'near';
    case 'timeout':
      if (code === 'dns' || code === 'tcp') return 'near';
      // The timeout itself has spread the attempts; AWS Device Advisor expects five within 300 s.
      return code === 'connack' ? 'soon' : 'busy';
    case 'identity':
      return 'near';
    case 'closed-early':
      return code === 'protocol' ? 'firm' : 'soon';
    case 'tls':
      // TLS 1.2 registers just in time within the handshake: closed without a reason.
      return code === 'closed' || code === 'ECONNRESET' || code === 'EPIPE' ? 'soon' : 'firm';
    case 'alert':
      return code === 'internal-error' ? 'busy' : 'firm';
    case 'refused':
      // MQTT 3.1.1 section 3.2.2.3: 3 is a server that is not available, all others concern this robot.
      return code === 'connack-3' ? 'busy' : 'firm';
    case 'lost':
      // Ended before it was stable: another client with our id, a disconnect by the broker, or a broker failure.
      return failures > 1 ? 'busy' : 'soon';
    default:
      return 'soon';
  }
}
