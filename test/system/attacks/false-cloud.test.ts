import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateId } from '../../../base/x509/certificates.ts';
import { inUse } from '../../support/agent-process.ts';
import { type AttackedRobot, startAttackedRobot } from '../../support/attacked-robot.ts';
import { until } from '../../support/cloud-until.ts';
import type { FalseCloud } from '../../support/false-cloud.ts';
import { folders } from '../../support/pki-folder.ts';

// Whoever has the server's key and the network answers in the true cloud's place, with a clock that is eight years ahead
// and a renewal CA of its own. When it has ended, the robot is as it was.

const folder = folders();
const yearMs = 365 * 86_400_000;
let attacked: AttackedRobot;
let falseCloud: FalseCloud;
let before = '';
beforeAll(async () => {
  attacked = await startAttackedRobot(await folder());
  before = certificateId(await inUse(attacked.line));
  falseCloud = await attacked.deceive(8 * yearMs);
});
afterAll(() => attacked[Symbol.asyncDispose]());

const lastResult = async (isSo: (result: string) => boolean) =>
  (await attacked.line.status(({ identity }) => isSo(identity.last?.result ?? ''))).identity;

describe('a cloud with a stolen server key', () => {
  it('cannot renew the certificate under its own CA, and the status explains why', async () => {
    await attacked.line.status(({ connection }) => connection.state === 'up');
    await attacked.askAgent('renew');
    const { last } = await lastResult((result) => result !== '');
    expect(last?.result).toBe('certificate-issuer-not-pinned');
    const renewed = falseCloud.operator.certificates({ robot: attacked.line.robot });
    expect((await renewed).some(({ status }) => status === 'PENDING_ACTIVATION')).toBe(true);
    expect(certificateId(await inUse(attacked.line))).toBe(before);
    expect(await readdir(join(attacked.line.identity))).not.toContain('next');
  });

  it('leaves the robot its certificate, commands and renewal with the true cloud', async () => {
    await attacked.release();
    const { operator, stub } = attacked.line.cloud;
    const { robot } = attacked.line;
    expect(stub.cloud.rows.get('presence', robot)).toMatchObject({ certificateId: before });
    const {
      command: { id },
    } = await operator.sendCommand({ robot, command: 'start', lifeMs: 60_000 });
    await until(async () => {
      const command = (await operator.commands(robot)).find((one) => one.command.id === id);
      return command?.outcome?.outcome === 'done';
    }, 60_000);
    await attacked.line.status(({ connection }) => connection.state === 'up');
    await attacked.askAgent('renew');
    const { last } = await lastResult((result) => result === 'renewed');
    expect(last?.result).toBe('renewed');
    expect(certificateId(await inUse(attacked.line))).not.toBe(before);
  });

  it('cannot make the robot lose its current certificate by accepting only the previous one', async () => {
    const fresh = certificateId(await inUse(attacked.line));
    await using other = await attacked.deceive(8 * yearMs);
    // It does not know the CA of the renewed certificate: the robot falls back to the one before.
    const { robot } = attacked.line;
    const connectedBy = () => other.stub.cloud.rows.get('presence', robot);
    await until(
      () => connectedBy()?.certificateId === before && connectedBy()?.state === 'connected',
      120_000,
    );
    await attacked.release();
    await attacked.line.status(
      ({ connection, evidence }) => connection.state === 'up' && evidence.certificate === fresh,
    );
  });

  it('disturbs no other robot', () => {
    expect(attacked.neighbour.attempt).toBe('connected');
    expect(attacked.neighbour.closed).toBe(false);
  });
});
