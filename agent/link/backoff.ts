import type { Observation } from '../events.ts';
import { backoffMs } from '../kernel/machine.ts';

/** Ceiling of the first pause, and the highest one, in ms. */
export interface BackoffConfig {
  readonly retryMs: number;
  readonly retryMsMax: number;
}

/** AWS IoT Core takes one CONNECT a second of a client id; it holds for every broker. */
export const connectGapMs = 1000;

/** A connection that lived so long is proven: a broker that accepts and drops must not be hammered. */
export const provenMs = 60_000;

/** No pause is longer, whatever the configuration says. */
export const pauseMsMax = 3_600_000;
const nearMsMax = 60_000;

/**
 * What was seen says who bears the cost of the next attempt, and how soon it can be of use.
 *
 * `near`: nothing left the robot or its home network; nobody is burdened, and the network may be back any moment.
 * `soon`: the cloud may be back any moment, or is just registering this robot.
 * `busy`: something there asks for room: a broker that throttles, a connection that is taken over as soon as it is up.
 * `firm`: someone has said no, and will say so again until a person has changed something.
 */
type Rule = 'near' | 'soon' | 'busy' | 'firm';

const rules: Readonly<
  Record<Rule, { readonly times: number; capMs(config: BackoffConfig): number }>
> = {
  near: { times: 1, capMs: ({ retryMsMax }) => Math.min(retryMsMax, nearMsMax) },
  soon: { times: 1, capMs: ({ retryMsMax }) => retryMsMax },
  busy: { times: 4, capMs: ({ retryMsMax }) => retryMsMax },
  firm: { times: 4, capMs: ({ retryMsMax }) => Math.min(12 * retryMsMax, pauseMsMax) },
};

/** The pause before the next attempt, in ms: full jitter below a ceiling that doubles with every failure in a row. */
export function pauseMs(
  config: BackoffConfig,
  seen: Observation,
  { failures, random }: { failures: number; random: number },
): number {
  // We ended it ourselves to open another one.
  if (seen.kind === 'closed') return connectGapMs;
  const { times, capMs } = rules[ruleOf(seen, failures)];
  const bounds = { baseMs: times * config.retryMs, capMs: capMs(config), floorMs: connectGapMs };
  return backoffMs(failures, random, bounds);
}

function ruleOf({ kind, code }: Observation, failures: number): Rule {
  switch (kind) {
    case 'unreachable':
      // A host that refuses is there, and has to answer each of us.
      return code === 'ECONNREFUSED' || code === 'ECONNRESET' ? 'soon' : 'near';
    case 'timeout':
      if (code === 'dns' || code === 'tcp') return 'near';
      // The wait itself has kept the attempts apart; AWS Device Advisor wants to see five within 300 s.
      return code === 'connack' ? 'soon' : 'busy';
    case 'identity':
      return 'near';
    case 'closed-early':
      return code === 'protocol' ? 'firm' : 'soon';
    case 'tls':
      // TLS 1.2 registers just in time within the handshake: closed without a word.
      return code === 'closed' || code === 'ECONNRESET' || code === 'EPIPE' ? 'soon' : 'firm';
    case 'alert':
      return code === 'internal-error' ? 'busy' : 'firm';
    case 'refused':
      // MQTT 3.1.1 section 3.2.2.3: 3 is a server that is not available, all others are about us.
      return code === 'connack-3' ? 'busy' : 'firm';
    case 'lost':
      // Ended before it was proven: taken over by another client of our name, thrown out, or a broker in trouble.
      return failures > 1 ? 'busy' : 'soon';
    default:
      return 'soon';
  }
}
