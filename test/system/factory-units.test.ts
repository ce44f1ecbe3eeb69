import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { project, runAlone, startAlone } from '../support/launcher.ts';
import { folders } from '../support/pki-folder.ts';
import { runFactoryProgram } from '../support/pki-station.ts';
import { softToken } from '../support/pki-token.ts';

/** The systemd units of docs/factory.md, in an environment as poor as systemd's, on whatever Node the machine has. */

const folder = folders();

/** Each unit of the page by its type, with its places moved below `root`. */
async function unitsOf(root: string): Promise<{ service: string; exec: string[] }[]> {
  const page = await readFile(join(project, 'docs', 'factory.md'), 'utf8');
  const blocks = page.split('\n\n').filter((block) => /^ {4}ExecStart=/m.test(block));
  return blocks.map((block) => {
    const [service = ''] = block
      .replaceAll(/^ {4}/gm, '')
      .replaceAll('/opt/', `${root}/opt/`)
      .replaceAll('/srv/line', `${root}/line`)
      .split(/^# .*\.timer$/m);
    const exec = /^ExecStart=(.*)$/m.exec(service)?.[1]?.split(' ') ?? [];
    return { service, exec };
  });
}

async function lineIn(root: string): Promise<{ line: string; env: NodeJS.ProcessEnv }> {
  const line = join(root, 'line');
  await mkdir(join(root, 'opt'), { recursive: true });
  await mkdir(join(line, 'out'), { recursive: true });
  await symlink(project, join(root, 'opt', 'pilotfish'));
  const { env, options } = await softToken(line);
  const made = await runFactoryProgram(env, 'init', '--dir', join(line, 'station'), ...options);
  expect(made).toMatchObject({ exitCode: 0 });
  return { line, env };
}

it('both units start their command in an empty environment', async () => {
  const root = await folder();
  const { line: cwd, env } = await lineIn(root);
  const [station, crl, ...more] = (await unitsOf(root)).map(({ exec }) => exec);
  expect(more).toEqual([]);
  const [listed = '', ...listing] = crl ?? [];
  expect(await runAlone(listed, listing, { cwd, env })).toMatchObject({ code: 0 });
  expect(await readFile(join(cwd, 'out', 'crl.pem'), 'utf8')).toContain('X509 CRL');

  const [serving = '', ...args] = station ?? [];
  const here = args.map((word) => (word === '10.0.0.5' ? '127.0.0.1' : word));
  const child = startAlone(serving, [...here, '--port', '0'], { cwd, env });
  const [ready] = await once(createInterface({ input: child.stdout! }), 'line');
  expect(ready).toMatch(/^station ready: /);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

it.runIf(hasSystemd)(
  'systemd-analyze reports no problem in either unit (needs systemd-analyze)',
  async () => {
    const root = await folder();
    await lineIn(root);
    for (const [i, { service }] of (await unitsOf(root)).entries()) {
      const path = join(root, `unit-${i}.service`);
      // The page's user does not exist on this machine.
      await writeFile(path, service.replace(/^User=.*$/m, 'User=root'));
      const said = spawnSync('systemd-analyze', ['verify', '--man=no', path], { encoding: 'utf8' });
      expect(said, `${said.stdout}${said.stderr}`).toMatchObject({ status: 0, stderr: '' });
    }
  },
);
