import { expect } from 'vitest';
import type { Ready } from '../../cloud-stub/running.ts';
import type { Call, Caller, Outcome } from './aws-clients.ts';
import { signedBy } from './cloud-authorities.ts';
import { mintCa } from './cloud-pki.ts';

const iot = (operation: string, input: Call['input'] = {}): Call => ({
  ...{ client: 'iot', operation, input },
});

/**
 * Registers, changes and deletes a CA by one of AWS's clients, and expects the answers. Returns the operations that it
 * called.
 */
export async function callAuthorities(callAll: Caller, ready: Ready): Promise<string[]> {
  const called: string[] = [];
  const run = async (...calls: Call[]): Promise<Outcome[]> => {
    called.push(...calls.map(({ operation }) => operation));
    return callAll(ready, calls);
  };
  const ca = await mintCa('Line of clients');
  const [got] = await run(iot('GetRegistrationCode'));
  expect(got).toEqual({ output: { registrationCode: expect.stringMatching(/^[0-9a-f]{64}$/) } });
  const code = got !== undefined && 'output' in got ? String(got.output['registrationCode']) : '';
  const proof = await signedBy(ca, code);
  const request = {
    ...{ caCertificate: ca.certificatePem, setAsActive: true, allowAutoRegistration: true },
    verificationCertificate: proof.certificatePem,
  };
  const [made, again, unproven, mode] = await run(
    iot('RegisterCACertificate', request),
    iot('RegisterCACertificate', request),
    iot('RegisterCACertificate', { ...request, verificationCertificate: ca.certificatePem }),
    iot('RegisterCACertificate', { ...request, certificateMode: 'SNI_ONLY' }),
  );
  expect(made).toMatchObject({ output: { certificateArn: expect.stringMatching(/:cacert\//) } });
  expect(again).toMatchObject({ error: 'ResourceAlreadyExistsException' });
  expect(unproven).toMatchObject({ error: 'RegistrationCodeValidationException' });
  expect(mode).toMatchObject({ error: 'InvalidRequestException' });
  const certificateId = made !== undefined && 'output' in made ? made.output['certificateId'] : '';
  const outcomes = await run(
    iot('DescribeCACertificate', { certificateId }),
    iot('DeleteCACertificate', { certificateId }),
    iot('UpdateCACertificate', {
      ...{ certificateId, newStatus: 'INACTIVE', newAutoRegistrationStatus: 'DISABLE' },
    }),
    iot('DescribeCACertificate', { certificateId }),
    iot('DeleteCACertificate', { certificateId }),
    iot('DeleteRegistrationCode'),
  );
  const described = (status: string, autoRegistrationStatus: string) => ({
    output: { certificateDescription: { certificateId, status, autoRegistrationStatus } },
  });
  expect(outcomes).toMatchObject([
    described('ACTIVE', 'ENABLE'),
    { error: 'CertificateStateException' },
    { output: {} },
    described('INACTIVE', 'DISABLE'),
    { output: {} },
    { output: {} },
  ]);
  return called;
}
