import { type Outbound, seconds } from '../../../cloud-stub/core/messages.ts';
import { isJson } from '../../../protocol/json.ts';

/**
 * A faulty jobs service: it responds to every jobs message of a robot at once with an offer of a job that does not
 * exist, mostly a new one each time. Its responses have the form of AWS's.
 */
export class InventedJobs {
  isActive = false;
  #number = 1;

  /** The responses to a robot's message; undefined when the message is not about jobs or the fault is not active. */
  answer(
    { robot, topic, payload }: { robot: string; topic: string; payload: Uint8Array },
    { nowMs, draw }: { nowMs: number; draw: () => number },
  ): Outbound[] | undefined {
    const base = `$aws/things/${robot}/jobs`;
    if (!this.isActive || !topic.startsWith(`${base}/`)) return undefined;
    const timestamp = seconds(nowMs);
    const message = (on: string, body: object): Outbound => ({
      robot,
      topic: on,
      payload: new TextEncoder().encode(JSON.stringify({ timestamp, ...body })),
    });
    if (draw() < 0.9) this.#number += 1;
    const execution = {
      jobId: `invented-${this.#number}`,
      status: 'QUEUED',
      queuedAt: 1,
      versionNumber: 1,
      executionNumber: 1,
      jobDocument: { operation: 'invented' },
    };
    if (topic.endsWith('/get')) return [message(`${topic}/accepted`, { execution })];
    // The network may have corrupted it: then nobody responds.
    if (!isJson(payload)) return [];
    const asked = JSON.parse(new TextDecoder().decode(payload)) as { clientToken?: string } | null;
    const clientToken = asked?.clientToken;
    return [
      message(`${topic}/accepted`, clientToken === undefined ? {} : { clientToken }),
      message(`${base}/notify-next`, { execution }),
    ];
  }
}
