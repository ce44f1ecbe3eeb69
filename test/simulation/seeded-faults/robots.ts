import type { Outbound } from '../../../cloud-stub/core/messages.ts';
import { type SeededFault, wrapExports } from '../seams.ts';

type CloudModule = typeof import('../../../cloud-stub/cloud.ts');

const forOther = (one: Outbound, robot: string): Outbound => ({
  ...one,
  robot,
  topic: one.topic.replace(`/${one.robot}/`, `/${robot}/`),
});

/** Seeded faults of the cloud stub that only a second robot can reveal. */
export const robotFaults: readonly SeededFault[] = [
  {
    name: 'confirmations-to-who-connected-last',
    seam: wrapExports<CloudModule>('cloud-stub/cloud.ts', {
      createCloud: (real) => (parts) => {
        const cloud = real(parts);
        let last = '';
        return {
          ...cloud,
          connected(robot, info, nowMs) {
            last = robot;
            return cloud.connected(robot, info, nowMs);
          },
          confirmDue: (nowMs) => cloud.confirmDue(nowMs).map((one) => forOther(one, last)),
        };
      },
    }),
    seedsMax: 120,
    why: 'a robot is never told that its reports are stored, because another one is',
  },
  {
    name: 'commands-resent-to-every-robot',
    seam: wrapExports<CloudModule>('cloud-stub/cloud.ts', {
      createCloud: (real) => (parts) => {
        const cloud = real(parts);
        const robots = new Set<string>();
        return {
          ...cloud,
          connected(robot, info, nowMs) {
            robots.add(robot);
            return cloud.connected(robot, info, nowMs);
          },
          tick: (nowMs) =>
            cloud
              .tick(nowMs)
              .flatMap((one) =>
                one.topic.endsWith('/commands')
                  ? [...robots].map((robot) => forOther(one, robot))
                  : [one],
              ),
        };
      },
    }),
    seedsMax: 100,
    why: 'a robot moves because its neighbour was told to',
  },
];
