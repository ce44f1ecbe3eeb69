import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settledIdentity } from '../support/identity-folder.ts';
import {
  type Interruption,
  killAgent,
  planInterruption,
  untilInterrupted,
} from '../support/system-interruptions.ts';
import { giveDueCertificate, identityFiles, renewalSettled } from '../support/system-renewal.ts';
import type { Moment } from '../support/system-sabotage.ts';
import { makeWorkbench, type Workbench } from '../support/system-workbench.ts';
import { startRobotWorld } from '../support/system-world.ts';

/** The robot's certificate is due, and something happens while it is renewed. */
describe('a renewal', () => {
  let bench: Workbench;
  beforeAll(async () => {
    bench = await makeWorkbench();
  });
  afterAll(() => bench[Symbol.asyncDispose]());

  const moments: readonly Moment[] = [
    'csr-made',
    'certificate-made',
    'credentials-staged',
    'certificate-active',
    'old-connection-closed',
    'new-credentials-up',
    'credentials-promoting',
    'credentials-promoted',
  ];
  const interruptions: readonly Interruption[] = ['SIGKILL', 'power cut'];
  const cases = interruptions.flatMap((interruption) =>
    moments.map((moment) => [interruption, moment] as const),
  );

  it.each(cases)(
    'survives %s at %s: the robot connects again with its new certificate',
    async (interruption, moment) => {
      await using world = await startRobotWorld({ ...bench, speed: 1 });
      const old = await giveDueCertificate(world);
      await planInterruption(world, interruption, moment);
      await killAgent(world);
      await untilInterrupted(world, interruption);
      const { result, certificateId, status } = await renewalSettled(world);
      expect([result, status]).toEqual(['renewed', 'ACTIVE']);
      expect(certificateId).not.toBe(old);
      expect(await identityFiles(world)).toEqual(settledIdentity(certificateId, [old]));
    },
  );
});
