import { X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pilotfish, type RobotLine, startRobotLine } from '../support/agent-process.ts';
import { folders } from '../support/pki-folder.ts';
import { type SoftToken, startSoftToken } from '../support/token-softhsm.ts';

// The whole agent with its key in a token: command line, station, board, cloud, each as it is used.

const folder = folders();
let token: SoftToken;
beforeAll(async () => {
  token = await startSoftToken();
});
afterAll(() => token[Symbol.asyncDispose]());

/** The configuration that leads to the token through p11-kit server. */
function tokenSettings(change: object = {}) {
  const { uri, module, socket } = token.through('server');
  return { deviceKey: uri, pkcs11Module: module, pkcs11Socket: socket, ...change };
}

const currentKey = async ({ identity }: RobotLine): Promise<string> => {
  const chain = await readFile(join(identity, 'current', 'chain.pem'));
  return String(new X509Certificate(chain).publicKey.export({ type: 'spki', format: 'pem' }));
};

describe('a robot with its key in a token', () => {
  it('is provisioned by the station, connects, and renews its certificate with the same key', async () => {
    await using world = await startRobotLine(await folder(), { settings: tokenSettings() });
    const { config, identity, robot } = world;
    expect(await pilotfish([...world.station, '--json'])).toMatchObject({ code: 0, err: '' });
    const key = await currentKey(world);
    await world.switchOn();
    const first = await world.status(({ evidence }) => evidence.hasConnected);
    const { certificate } = first.evidence;
    expect(first).toMatchObject({ robot, link: { state: 'up' } });
    expect(world.cloud.stub.cloud.rows.get('certificates', certificate ?? '')).toMatchObject({
      status: 'ACTIVE',
    });

    const rotate = await pilotfish(['renew', '--config', config, '--rotate-key']);
    expect(rotate).toMatchObject({ code: 1, out: '' });
    expect(rotate.err).toMatch(/^pilotfish: the key of R1 is in a token.*\(key-rotation\)\n {2}/);

    const renew = await pilotfish(['renew', '--config', config, '--json']);
    expect(renew).toMatchObject({ code: 0, err: '' });
    const renewed = await world.status(
      ({ identity: { last, state }, link }) =>
        last !== null && state === 'settled' && link.state === 'up',
    );
    expect(renewed.identity.last).toMatchObject({ result: 'renewed' });
    expect(renewed.evidence.certificate).not.toBe(certificate);
    expect(await currentKey(world)).toBe(key);
    const files = await readdir(identity, { recursive: true });
    expect(files.filter((file) => file.endsWith('key.pem'))).toEqual([]);

    // Its key is the only one it has: the station answers the same certificate as at first.
    expect(await pilotfish(world.station)).toMatchObject({
      code: 1,
      err: expect.stringContaining('(identity-exists)'),
    });
    const again = await pilotfish([...world.station, '--again', '--json']);
    expect(JSON.parse(again.out)).toMatchObject({ certificateId: certificate, isNew: false });
  });

  it('waits for a missing token, logs it, and connects when the token appears', async () => {
    await using world = await startRobotLine(await folder(), { settings: tokenSettings() });
    expect(await pilotfish(world.station)).toMatchObject({ code: 0 });
    await token.server.kill();
    try {
      await world.switchOn();
      const { connection } = await world.status(
        ({ connection: seen }) => seen.observation !== null,
      );
      expect(connection).toMatchObject({
        observation: { kind: 'identity', code: 'token-unreachable' },
        diagnosis: 'identity-unusable',
      });
    } finally {
      await token.server.start();
    }
    await world.status(({ link }) => link.state === 'up');
  });

  it.each<[string, () => object, RegExp]>([
    [
      'a URI that cannot be read',
      () => ({ deviceKey: 'pkcs11:token=robot' }),
      /deviceKey: .*\(config-invalid\)/,
    ],
    ['no such module', () => ({ pkcs11Module: '/no/module.so' }), /\(token-module\)/],
    ['no engine', () => ({ opensslEngines: '/no/engines' }), /\(token-engine\)/],
    ['no server', () => ({ pkcs11Socket: '/no/socket' }), /\(token-unreachable\)/],
  ])('explains a missing token: %s', async (_name, change, expected) => {
    const settings = tokenSettings(change());
    await using world = await startRobotLine(await folder(), { settings });
    const ran = await pilotfish(world.station);
    expect(ran.err).toMatch(expected);
    expect(ran.err).not.toContain('    at ');
    expect(ran.code).toBe(expected.source.includes('config') ? 2 : 1);
    expect(world.line.lines).toEqual([]);
  });
});
