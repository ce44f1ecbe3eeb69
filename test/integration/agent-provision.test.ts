import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { askStation } from '../../agent/io/station.ts';
import { provisionCommand } from '../../agent/provision.ts';
import { runCli } from '../../base/cli.ts';
import { systemClock } from '../../base/clock.ts';
import { certificateId } from '../../base/x509/certificates.ts';
import { identityIn } from '../support/agent-identity.ts';
import { pilotfish, type RobotLine, startRobotLine } from '../support/agent-process.ts';
import { folders } from '../support/pki-folder.ts';

// The robot's command line against the factory's station, over real TLS.

const folder = folders();

/** The certificate in use, whose key must fit. */
async function inUse({ identity }: RobotLine): Promise<X509Certificate> {
  const leaf = new X509Certificate(await readFile(join(identity, 'current', 'chain.pem')));
  const key = createPrivateKey(await readFile(join(identity, 'current', 'key.pem')));
  expect(leaf.checkPrivateKey(key)).toBe(true);
  return leaf;
}

/** The same command in this process; answers `done` or the code of its error. */
async function runHere(argv: readonly string[]): Promise<string> {
  const provision = provisionCommand({
    env: {},
    clock: systemClock,
    identity: ({ dataDir, robot }) => identityIn(join(dataDir, 'identity'), robot),
    askStation,
  });
  let said = '';
  const exitCode = await runCli(
    { name: 'pilotfish', version: '1', summary: '', commands: { provision } },
    {
      argv,
      out: () => {},
      err: (text) => {
        said += text;
      },
      isTerminal: false,
      signal: new AbortController().signal,
    },
  );
  return exitCode === 0 ? 'done' : (/\(([a-z-]+)\)/.exec(said)?.[1] ?? said);
}

describe('provisioning at the line', () => {
  it('is one command, which makes no second key by a slip', async () => {
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

  it('goes on with the same key after a station that could not be reached', async () => {
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

  it('killed at any step can run again, and the robot gets one certificate', async () => {
    await using world = await startRobotLine(await folder());
    const ids = new Set<string>();
    let ends = 0;
    for (let at = 1; ; at++) {
      await rm(join(world.identity, '..'), { recursive: true, force: true });
      const robot = `R${at}`;
      const config = JSON.parse(await readFile(world.config, 'utf8')) as object;
      await writeFile(world.config, JSON.stringify({ ...config, robot }));
      const killed = await pilotfish(world.station, {
        nodeArgs: ['--import', './test/support/crash-at.ts'],
        env: { CRASH_AT: String(at) },
      });
      // Cut off after the switch it is done: then it says that there is an identity.
      expect(['done', 'identity-exists']).toContain(await runHere(world.station));
      const leaf = await inUse(world);
      expect(leaf.subject).toBe(`CN=${robot}`);
      ids.add(certificateId(leaf));
      ends = at;
      if (killed.signal !== 'SIGKILL') break;
      expect(at).toBeLessThan(100);
    }
    expect(ends).toBeGreaterThan(10);
    expect(ids.size).toBe(ends);
    const issued = world.line.lines.filter(({ code }) => code === 'issued');
    expect(issued).toHaveLength(ends);
    const others = world.line.lines.filter(({ code }) => code !== 'issued');
    expect(new Set(others.map(({ code }) => code))).toEqual(new Set(['same-again']));
  }, 120_000);
});

describe('a robot with a key of RSA-2048', () => {
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
