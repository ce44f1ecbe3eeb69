import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { provisionCommand } from '../../agent/cli/provision.ts';
import { callStation } from '../../agent/io/station.ts';
import { runCli } from '../../base/cli.ts';
import { systemClock } from '../../base/clock.ts';
import { certificateId } from '../../base/x509/certificates.ts';
import { identityIn } from '../support/agent-identity.ts';
import { inUse, pilotfish, startRobotLine } from '../support/agent-process.ts';
import { folders } from '../support/pki-folder.ts';

// The robot's command line against the factory's station, really killed at each of its steps.

const folder = folders();

/** The same command in this process; returns `done` or the code of its error. */
async function runHere(argv: readonly string[]): Promise<string> {
  const provision = provisionCommand({
    env: {},
    clock: systemClock,
    identity: ({ dataDir, robot }) => identityIn(join(dataDir, 'identity'), robot),
    callStation,
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

it('a provisioning that is killed at any step can run again, and the robot gets one certificate', async () => {
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
    // Killed after the switch, it is complete: then it reports that there is an identity.
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
});
