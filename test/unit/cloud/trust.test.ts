import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { silentLog } from '../../../base/log.ts';
import { makeCa } from '../../../base/x509/authority.ts';
import { createTrust } from '../../../cloud-stub/trust.ts';
import { awsOf } from '../../support/cloud-aws.ts';
import { createCloudWorld, startMs } from '../../support/cloud-world.ts';

it('registered CAs are trusted in the order in which they came', async () => {
  const world = createCloudWorld({ authorities: [] });
  const aws = awsOf(world, { hasConnections: true });
  const pems: string[] = [];
  for (let n = 0; n < 6; n++) {
    const ca = await makeCa({ commonName: 'Same', random: randomBytes, nowMs: startMs });
    const fields = { caCertificate: ca.certificatePem, certificateMode: 'SNI_ONLY' };
    expect(aws('POST', '/cacertificate', fields).status).toBe(200);
    pems.push(ca.certificatePem);
    world.nowMs += 1000;
  }
  const trust = createTrust({ given: [], rows: world.cloud.rows, log: silentLog });
  expect(trust.authorities().map(String)).toEqual(pems);
});
