import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { certificateId } from '../../base/x509/certificates.ts';
import { inUse, pilotfish, startRobotLine } from '../support/agent-process.ts';
import { folders } from '../support/pki-folder.ts';

// The robot's command line against the factory's station, over real TLS.

const folder = folders();

describe('provisioning at the line', () => {
  it('is one command, which never creates a second key by mistake', async () => {
    await using world = await startRobotLine(await folder());
    const first = await pilotfish([...world.station, '--json']);
    expect(first).toMatchObject({ code: 0, err: '' });
    const leaf = await inUse(world);
    expect(JSON.parse(first.out)).toEqual({
      robot: 'R1',
      certificateId: certificateId(leaf),
      isNew: true,
    });
    expect(world.line.lines).toMatchObject([{ code: 'issued', robotId: 'R1', fixture: 'jig-1' }]);

    const manual = ['provision', '--config', world.config];
    for (const argv of [world.station, manual]) {
      expect(await pilotfish(argv)).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(/^pilotfish: R1 has an identity: .*\(identity-exists\)\n {2}/),
      });
    }
    expect(await readdir(world.identity)).not.toContain('pending');

    const again = await pilotfish([...world.station, '--again']);
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.err).toMatch(/quarantine \(station-second-key\)\n$/);
    expect(certificateId(await inUse(world))).toBe(certificateId(leaf));
  });

  it('resumes with the same key after the station was unreachable', async () => {
    await using world = await startRobotLine(await folder());
    const { station } = world;
    const elsewhere = station.map((word) =>
      word.startsWith('https:') ? 'https://localhost:1' : word,
    );
    const refused = await pilotfish(elsewhere);
    expect(refused.err).toContain('(station-unreachable)');
    const key = await readFile(join(world.identity, 'pending', 'key.pem'), 'utf8');
    expect(await pilotfish(world.station)).toMatchObject({ code: 0 });
    expect(await readFile(join(world.identity, 'current', 'key.pem'), 'utf8')).toBe(key);
  });
});

describe('a robot with an RSA-2048 key', () => {
  it('is provisioned, signs its request, and connects', async () => {
    await using world = await startRobotLine(await folder(), { settings: { keyKind: 'rsa-2048' } });
    expect(await pilotfish(world.station)).toMatchObject({ code: 0, err: '' });
    const { publicKey } = await inUse(world);
    expect(publicKey.asymmetricKeyType).toBe('rsa');
    expect(publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    await world.switchOn();
    await world.status(({ evidence }) => evidence.hasConnected);

    const renewal = await pilotfish(['renew', '--config', world.config, '--rotate-key']);
    expect(renewal).toMatchObject({ code: 0, err: '' });
    await world.status(({ identity: { last, state } }) => last !== null && state === 'settled');
    const renewed = await inUse(world);
    expect(renewed.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect(renewed.publicKey.equals(publicKey)).toBe(false);
  });
});
