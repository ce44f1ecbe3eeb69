import type { CloudStore } from '../../../cloud-stub/core/store.ts';
import { type SeededFault, wrapExports } from '../seams.ts';

/** Seeded faults of the cloud stub. */
export const cloudFaults: readonly SeededFault[] = [
  {
    name: 'confirm-before-persist',
    seam: wrapExports<typeof import('../../../cloud-stub/cloud.ts')>('cloud-stub/cloud.ts', {
      createCloud: (real) => (parts) => {
        let isReceiving = false;
        const commit: CloudStore['commit'] = (writes) => {
          try {
            parts.store.commit(writes);
          } catch (error) {
            if (!isReceiving) throw error;
          }
        };
        const cloud = real({ ...parts, store: { ...parts.store, commit } });
        const receive: typeof cloud.receive = (message, nowMs) => {
          isReceiving = true;
          try {
            return cloud.receive(message, nowMs);
          } finally {
            isReceiving = false;
          }
        };
        return { ...cloud, receive };
      },
    }),
    seedsMax: 150,
    why: "the cloud's answer leaves although its store has taken nothing",
  },
  {
    name: 'blocked-robot-let-in',
    seam: wrapExports<typeof import('../../../cloud-stub/services/registry.ts')>(
      'cloud-stub/services/registry.ts',
      {
        admit: (real) => (ctx, certificate) => {
          const { refusal, ...admission } = real(ctx, certificate);
          if (refusal === undefined) return admission;
          return refusal === 'inactive'
            ? { ...admission, admitted: true }
            : { ...admission, refusal };
        },
      },
    ),
    seedsMax: 50,
    why: 'a certificate that is not active makes a connection',
  },
  {
    name: 'reborn-mission-counted-twice',
    seam: wrapExports<typeof import('../../../cloud-stub/services/mission-identity.ts')>(
      'cloud-stub/services/mission-identity.ts',
      {
        findMission: (real) => (ctx, robot, document) =>
          real(ctx, robot, { ...document, bodyMission: undefined } as never),
      },
    ),
    seedsMax: 100,
    why: 'a robot that lost its store reports what its body remembers again, and the table holds it twice',
  },
];
