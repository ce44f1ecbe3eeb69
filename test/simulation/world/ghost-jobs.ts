import { type Outbound, seconds } from '../../../cloud-stub/ports.ts';
import { isJson } from '../../../protocol/json.ts';

/**
 * A jobs service that is out of its mind: whatever a robot asks or tells of jobs, it answers at once with an offer of
 * one that nobody made, mostly a new one each time. Its answers are those of AWS in form.
 */
export class GhostJobs {
  isHere = false;
  #number = 1;

  /** The answers to a robot's message; undefined when it is none about jobs, or there is no ghost. */
  answer(
    { robot, topic, payload }: { robot: string; topic: string; payload: Uint8Array },
    { nowMs, draw }: { nowMs: number; draw: () => number },
  ): Outbound[] | undefined {
    const base = `$aws/things/${robot}/jobs`;
    if (!this.isHere || !topic.startsWith(`${base}/`)) return undefined;
    const timestamp = seconds(nowMs);
    const message = (on: string, body: object): Outbound => ({
      robot,
      topic: on,
      payload: new TextEncoder().encode(JSON.stringify({ timestamp, ...body })),
    });
    if (draw() < 0.9) this.#number += 1;
    const execution = {
      jobId: `ghost-${this.#number}`,
      status: 'QUEUED',
      queuedAt: 1,
      versionNumber: 1,
      executionNumber: 1,
      jobDocument: { operation: 'haunt' },
    };
    if (topic.endsWith('/get')) return [message(`${topic}/accepted`, { execution })];
    // The network may have spoilt it: then nobody answers.
    if (!isJson(payload)) return [];
    const asked = JSON.parse(new TextDecoder().decode(payload)) as { clientToken?: string } | null;
    const clientToken = asked?.clientToken;
    return [
      message(`${topic}/accepted`, clientToken === undefined ? {} : { clientToken }),
      message(`${base}/notify-next`, { execution }),
    ];
  }
}
