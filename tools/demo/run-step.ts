import { delay, systemClock } from '../../base/clock.ts';
import { codeOf, explain, PilotfishError } from '../../base/errors.ts';
import type { Facts } from './screen.ts';
import type { World } from './world.ts';

/** The result of a step: facts for `--json`, and whatever later steps need. */
export interface Outcome {
  readonly facts: Facts;
}

export interface Step<T> {
  readonly number: number;
  readonly title: string;
  readonly work: () => Promise<T>;
}

/**
 * Runs one step and shows how it ended. Throws `demo-failed` with the step, what was expected, and the log to read;
 * `demo-stopped` with the step.
 */
export async function runStep<T extends Outcome>(
  world: World,
  { work, ...name }: Step<T>,
): Promise<T> {
  const { screen, signal } = world;
  const begunMs = systemClock.monoMs();
  const ms = () => Math.round(systemClock.monoMs() - begunMs);
  screen.begin(name);
  try {
    const outcome = await work();
    screen.end(name, { ok: true, ms: ms(), facts: outcome.facts });
    return outcome;
  } catch (thrown) {
    // A crashed process also breaks its connections. The two events come in any order, and the crash is the one to
    // report.
    await delay(systemClock, 500, signal).catch(() => {});
    const error: unknown = signal.aborted ? endOf(signal) : thrown;
    const message = explain(error);
    screen.end(name, { ok: false, ms: ms(), code: codeOf(error), message });
    const step = `step ${name.number}, "${name.title}"`;
    if (codeOf(error) === 'demo-stopped') throw stoppedError(`stopped on request, in ${step}`);
    throw failedError(world, `${step}: ${message}`);
  }
}

/** Resolves when the demo is stopped; throws `demo-failed` when it ends because a process has crashed. */
export async function untilEnded(world: World): Promise<void> {
  const { signal } = world;
  await untilAborted(signal);
  const end = endOf(signal);
  if (codeOf(end) !== 'demo-stopped') throw failedError(world, explain(end));
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

const failedError = ({ places }: World, message: string): PilotfishError =>
  new PilotfishError('demo-failed', message, { hint: `the logs are in ${places.logs}` });

const stoppedError = (message: string): PilotfishError =>
  new PilotfishError('demo-stopped', message);

function endOf({ reason }: AbortSignal): unknown {
  if (reason instanceof PilotfishError) return reason;
  return stoppedError('stopped on request');
}
