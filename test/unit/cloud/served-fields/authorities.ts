import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { makeCa } from '../../../../base/x509/authority.ts';
import { signedBy } from '../../../support/cloud-authorities.ts';
import type { Effects, FieldsWorld } from '../../../support/cloud-fields.ts';
import { startMs } from '../../../support/cloud-world.ts';

const mint = () => makeCa({ commonName: 'Line', nowMs: startMs, random: randomBytes });

/** Registers a CA without proof, and describes it. */
async function register({ aws, get }: FieldsWorld, query = '', change?: string) {
  const { certificatePem: caCertificate } = await mint();
  const fields = { caCertificate, certificateMode: 'SNI_ONLY' };
  const { certificateId } = aws('POST', `/cacertificate${query}`, fields).body;
  if (change !== undefined) aws('PUT', `/cacertificate/${certificateId}?${change}`);
  return { caCertificate, ...get(`/cacertificate/${certificateId}`).certificateDescription };
}

export const authorityEffects: Effects = {
  'RegisterCACertificate setAsActive': async (world) => {
    expect(await register(world)).toMatchObject({ status: 'INACTIVE' });
    expect(await register(world, '?setAsActive=true')).toMatchObject({ status: 'ACTIVE' });
  },
  'RegisterCACertificate allowAutoRegistration': async (world) => {
    expect(await register(world)).toMatchObject({ autoRegistrationStatus: 'DISABLE' });
    const allowed = await register(world, '?allowAutoRegistration=true');
    expect(allowed).toMatchObject({ autoRegistrationStatus: 'ENABLE' });
  },
  'RegisterCACertificate caCertificate': async (world) => {
    const { caCertificate, certificatePem } = await register(world);
    expect(certificatePem).toBe(caCertificate);
  },
  'RegisterCACertificate certificateMode': async (world) => {
    expect(await register(world)).toMatchObject({ certificateMode: 'SNI_ONLY' });
  },
  'RegisterCACertificate verificationCertificate': async ({ aws, get }) => {
    const ca = await mint();
    const send = async (name: string) =>
      aws('POST', '/cacertificate', {
        caCertificate: ca.certificatePem,
        verificationCertificate: (await signedBy(ca, name, { nowMs: startMs })).certificatePem,
      });
    expect((await send('another')).fault).toBe('RegistrationCodeValidation');
    expect((await send(get('/registrationcode').registrationCode)).status).toBe(200);
  },
  'UpdateCACertificate newStatus': async (world) => {
    expect(await register(world, '', 'newStatus=ACTIVE')).toMatchObject({ status: 'ACTIVE' });
  },
  'UpdateCACertificate newAutoRegistrationStatus': async (world) => {
    const changed = await register(world, '', 'newAutoRegistrationStatus=ENABLE');
    expect(changed).toMatchObject({ autoRegistrationStatus: 'ENABLE' });
  },
};
