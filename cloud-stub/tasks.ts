import type { Clock } from '../base/clock.ts';
import { codeOf, explain } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { RobotId } from '../protocol/topics.ts';
import type { Cloud } from './cloud.ts';
import type { DisconnectReason, Outbound, SigningTask } from './core/messages.ts';
import type { RenewalCa } from './renewal-ca.ts';

/** Does the work that the cloud's calls leave. The returned function starts it and returns at once. */
export function createTasks(parts: {
  cloud: Pick<Cloud, 'takeTasks' | 'signed'>;
  renewal: Pick<RenewalCa, 'sign'> | undefined;
  clock: Pick<Clock, 'wallMs'>;
  log: Log;
  send: (outbound: readonly Outbound[]) => void;
  drop: (robot: RobotId, reason: DisconnectReason, certificateId?: string) => void;
  /** The trusted CAs have changed. */
  changeTrust: () => void;
}): () => void {
  const { cloud, renewal, clock, log, send, drop, changeTrust } = parts;
  const sign = async (task: SigningTask) => {
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
      // Nothing is stored and nothing is answered; the robot retries.
      log.error({ robotId, code: codeOf(error) }, `certificate not stored: ${explain(error)}`);
    }
  };
  return () => {
    for (const task of cloud.takeTasks()) {
      if (task.kind === 'sign') void sign(task);
      else if (task.kind === 'trust') changeTrust();
      else drop(task.robot, task.reason ?? 'AUTH_ERROR', task.certificateId);
    }
  };
}
