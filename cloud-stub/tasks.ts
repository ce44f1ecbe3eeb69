import type { Clock } from '../base/clock.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Cloud, Task } from './cloud.ts';
import type { Outbound } from './ports.ts';
import type { RenewalCa } from './renewal-ca.ts';

/** Does what the cloud's calls leave to do. The returned function begins it and returns at once. */
export function createTasks(parts: {
  cloud: Pick<Cloud, 'takeTasks' | 'signed'>;
  renewal: Pick<RenewalCa, 'sign'> | undefined;
  clock: Pick<Clock, 'wallMs'>;
  log: Log;
  send: (outbound: readonly Outbound[]) => void;
}): () => void {
  const { cloud, renewal, clock, log, send } = parts;
  const sign = async (task: Task) => {
    const { robot: robotId } = task;
    let pem: string | undefined;
    try {
      pem = await renewal?.sign(task, clock.wallMs());
    } catch (error) {
      log.error({ robotId, code: codeOf(error) }, `certificate not signed: ${explain(error)}`);
    }
    try {
      send(cloud.signed(task, pem, clock.wallMs()));
    } catch (error) {
      // Nothing is stored, nothing is answered; the robot asks again.
      log.error({ robotId, code: codeOf(error) }, `certificate not stored: ${explain(error)}`);
    }
  };
  return () => {
    for (const task of cloud.takeTasks()) void sign(task);
  };
}
