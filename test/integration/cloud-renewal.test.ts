import { execFile } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRobot } from '../support/cloud-client.ts';
import { operatorOf } from '../support/cloud-operator.ts';
import { createTopic, makeRequest, registerTopic, renew } from '../support/cloud-renewal.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';

let world: TestStub;
beforeAll(async () => {
  world = await startTestStub();
});
afterAll(() => world[Symbol.asyncDispose]());

const certificate = (id: string) => world.stub.cloud.rows.get('certificates', id);

describe('a renewal', () => {
  it('gives a robot a second valid certificate, and keeps the first', async () => {
    const { identity, robot } = await world.enter('REN-1');
    await robot.subscribe(`${createTopic}/+`, `${registerTopic}/accepted`);
    const renewed = await renew(robot, 'REN-1');
    expect(certificate(renewed.certificateId)).toMatchObject({ status: 'ACTIVE', renewed: true });
    await using next = await connectRobot(world.stub.ready, renewed);
    expect(next.attempt).toBe('connected');
    await robot.untilClosed();
    await using back = await connectRobot(world.stub.ready, identity);
    expect(back.attempt).toBe('connected');
  });

  it('answers only the robot that requested it, with or without a subscription', async () => {
    const { robot: asking } = await world.enter('REN-ASKS');
    await using _ = asking;
    const { robot: listening } = await world.enter('REN-HEARS');
    await using __ = listening;
    const granted = await listening.subscribe(
      `${createTopic}/+`,
      `${createTopic}/accepted`,
      `${registerTopic}/+`,
    );
    expect(granted).toEqual([0, 0, 0]);
    await renew(asking, 'REN-ASKS');
    asking.publish(createTopic, 'nonsense');
    await asking.next(`${createTopic}/rejected`);
    // What was sent to it before this answer would be here by now.
    listening.publish('$aws/things/REN-HEARS/jobs/get', {});
    await listening.next('$aws/things/REN-HEARS/jobs/get/accepted');
    expect(listening.messages.map(([topic]) => topic)).toEqual([
      '$aws/things/REN-HEARS/jobs/get/accepted',
    ]);
  });

  it('accepts no certificate before it is registered', async () => {
    const { robot } = await world.enter('REN-2');
    await using _ = robot;
    const requested = await makeRequest('REN-2');
    robot.publish(createTopic, { certificateSigningRequest: requested.csr });
    const { certificatePem: cert, certificateId } = (await robot.next(
      `${createTopic}/accepted`,
    )) as { certificatePem: string; certificateId: string };
    for (let i = 0; i < 2; i++) {
      const early = await connectRobot(world.stub.ready, { ...requested, cert, certificateId });
      expect(early.attempt).toBe('closed');
    }
    expect(certificate(certificateId)?.status).toBe('PENDING_ACTIVATION');
  });
});

describe('the renewal CA', () => {
  it('is created at the first start with a private key file, and named in the ready line', async () => {
    const { renewalCa, dir } = world.stub.ready;
    const key = join(dir, 'renewal', 'private', 'ca.key');
    expect((await stat(key)).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir, 'renewal', 'private'))).mode & 0o777).toBe(0o700);
    const { robot } = await world.enter('REN-CA');
    await using _ = robot;
    const { cert } = await renew(robot, 'REN-CA');
    const path = join(world.folder, 'renewed.crt');
    await writeFile(path, cert);
    const verify = ['verify', '-x509_strict', '-purpose', 'sslclient', '-CAfile', renewalCa, path];
    expect((await promisify(execFile)('openssl', verify)).stdout).toBe(`${path}: OK\n`);
  });

  it('stays the same after a restart, and its certificates stay valid', async () => {
    await using own = await startTestStub();
    const { robot } = await own.enter('REN-3');
    const renewed = await renew(robot, 'REN-3');
    const before = await readFile(own.stub.ready.renewalCa, 'utf8');
    await own.restart();
    expect(await readFile(own.stub.ready.renewalCa, 'utf8')).toBe(before);
    await using back = await connectRobot(own.stub.ready, renewed);
    expect(back.attempt).toBe('connected');
  });

  it('is completed after an interrupted first start, and never replaced', async () => {
    await using own = await startTestStub();
    const { renewalCa, dir } = own.stub.ready;
    await rm(renewalCa);
    await own.restart();
    expect(await readFile(renewalCa, 'utf8')).toContain('BEGIN CERTIFICATE');
    const key = join(dir, 'renewal', 'private', 'ca.key');
    const text = await readFile(key);
    await rm(key);
    await expect(own.restart()).rejects.toMatchObject({ code: 'config-renewal-ca' });
    await writeFile(key, text, { mode: 0o600 });
    await writeFile(renewalCa, await readFile(own.caPath));
    await expect(own.restart()).rejects.toMatchObject({ code: 'config-renewal-ca' });
  });

  it('does not make a certificate valid that the registry does not know', async () => {
    await using own = await startTestStub();
    const { robot } = await own.enter('REN-4');
    const renewed = await renew(robot, 'REN-4');
    const { dir } = own.stub.ready;
    await own.restart(async () => {
      for (const end of ['', '-wal', '-shm'])
        await rm(join(dir, `cloud.db${end}`), { force: true });
    });
    const operator = operatorOf(own.stub.cloud);
    for (let i = 0; i < 2; i++) {
      const client = await connectRobot(own.stub.ready, renewed);
      expect(client.attempt).toBe('closed');
      expect(operator.get('certificates', renewed.certificateId)?.status).toBe(
        'PENDING_ACTIVATION',
      );
    }
    await own.operator.updateCertificate(renewed.certificateId, 'ACTIVE');
    await using client = await connectRobot(own.stub.ready, renewed);
    expect(client.attempt).toBe('connected');
  });
});
