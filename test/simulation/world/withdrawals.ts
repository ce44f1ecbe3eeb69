import { imageIn } from './images.ts';
import type { World } from './world.ts';

/**
 * 4: a robot that has received the withdrawal of an update before the arming does not arm it. One that has not received
 * it (it is offline, or the message was lost) may install it, and its last report is rejected.
 */
export class Withdrawals {
  readonly #received = new Map<string, boolean>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  withdraw(jobId: string): void {
    this.#received.set(jobId, false);
  }

  has(jobId: string): boolean {
    return this.#received.has(jobId);
  }

  /** A message reached the agent. `notify-next` names the first pending job, if there is one. */
  receive(topic: string, payload: Uint8Array): void {
    if (this.#received.size === 0 || !topic.endsWith('/jobs/notify-next')) return;
    const first = firstIn(payload);
    if (first === undefined) return;
    for (const jobId of this.#received.keys()) {
      if (jobId !== first) this.#received.set(jobId, true);
    }
  }

  /** The board is asked to boot another slot next. */
  arming(slot: string): void {
    const { board, rules } = this.#world;
    const image = imageIn(board.medium.slots.read(slot));
    const jobId = `job-${image?.version.split('.')[0]}`;
    if (this.#received.get(jobId)) rules.broken('4', `${jobId} was withdrawn, and is armed`);
  }
}

/** The id of the first pending job, '' when there is none; undefined for a payload that makes no sense. */
function firstIn(payload: Uint8Array): string | undefined {
  try {
    const body = JSON.parse(new TextDecoder().decode(payload)) as {
      timestamp?: unknown;
      execution?: { jobId?: unknown };
    };
    if (typeof body.timestamp !== 'number') return undefined;
    return body.execution === undefined ? '' : String(body.execution.jobId);
  } catch {
    return undefined;
  }
}
