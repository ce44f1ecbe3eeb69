import { once } from 'node:events';
import { chmod, mkdir, readdir, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import {
  pathWithNode,
  pilotfishWithoutRuntime,
  project,
  runAlone,
  startAlone,
} from '../support/launcher.ts';
import { folders } from '../support/pki-folder.ts';

const folder = folders();
const installed = (name: string) => join(project, 'node_modules', '.bin', name);

describe('an installed command', () => {
  it.each(['pilotfish', 'factory', 'cloud-stub', 'sim-board'])(
    '%s runs from any folder, through links, on a machine with an older Node',
    async (name) => {
      const cwd = await folder();
      const link = join(cwd, 'a link');
      await symlink(installed(name), join(cwd, 'first'));
      await symlink('first', link);
      const path = await pathWithNode(cwd, { version: 'v20.20.2' });
      const ended = await runAlone(link, ['--help'], { cwd, env: { PATH: path } });
      expect(ended).toMatchObject({ code: 0, err: '' });
      expect(ended.out).toMatch(new RegExp(`^${name}: `));
    },
  );

  it('runs in an empty environment, from a checkout with blanks in its path', async () => {
    const cwd = await folder();
    await symlink(project, join(cwd, 'the checkout'));
    const command = join(cwd, 'the checkout', 'node_modules', '.bin', 'pilotfish');
    expect(await runAlone(command, ['--help'], { cwd })).toMatchObject({ code: 0, err: '' });
  });

  it('passes on its arguments and the exit code unchanged', async () => {
    const args = ['status', '--config', 'no such "file" $HOME *'];
    const ended = await runAlone(installed('pilotfish'), args);
    expect(ended.code).toBe(2);
    expect(ended.err).toContain('no such "file" $HOME *');
  });

  it('becomes the program itself, so that a signal stops the program cleanly', async () => {
    const dir = await folder();
    const made = await runAlone(installed('factory'), ['init', '--dir', join(dir, 'factory')]);
    expect(made.code).toBe(0);
    const args = ['serve', '--dir', join(dir, 'cloud'), '--ca', join(dir, 'factory', 'ca.crt')];
    const child = startAlone(installed('cloud-stub'), args);
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string];
    expect(JSON.parse(line)).toMatchObject({ ready: true });
    expect(await readlink(`/proc/${child.pid}/exe`)).toContain('node_modules/node-linux-');
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await readdir(join(dir, 'cloud'))).not.toContain('running.json');
  });
});

describe('without a pinned runtime, a command', () => {
  it.each([
    ['too old', 'v20.20.2'],
    ['of no version that it knows', 'what'],
  ])('explains in one line that the machine’s Node is %s', async (_what, version) => {
    const dir = await folder();
    const command = await pilotfishWithoutRuntime(dir);
    const env = { PATH: await pathWithNode(dir, { version }) };
    const ended = await runAlone(command, ['--help'], { env });
    expect(ended).toMatchObject({ code: 1, out: '' });
    expect(ended.err).toMatch(new RegExp(`^pilotfish: .*${version}.* \\(runtime-too-old\\)\\n$`));
  });

  it('explains in one line that there is no Node', async () => {
    const dir = await folder();
    const ended = await runAlone(await pilotfishWithoutRuntime(dir), [], { env: { PATH: dir } });
    expect(ended).toMatchObject({ code: 1, out: '' });
    expect(ended.err).toMatch(/^pilotfish: .*npm ci.* \(runtime-missing\)\n$/);
  });

  it('runs on the machine’s own Node when that is new enough', async () => {
    const dir = await folder();
    const command = await pilotfishWithoutRuntime(dir);
    const env = { PATH: await pathWithNode(dir, { version: 'v26.10.0', works: true }) };
    expect(await runAlone(command, ['--help'], { env })).toMatchObject({ code: 0, err: '' });
  });
});

describe('the compile cache', () => {
  /** Where Node keeps its cache after the launcher's preparation, in this environment; empty when there is none. */
  const cacheIn = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const args = ['--require', join(project, 'launchers', 'compile-cache.cjs'), '--print'];
    const source = "require('node:module').getCompileCacheDir() ?? ''";
    const { code, err, out } = await runAlone(process.execPath, [...args, source], { env });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out.trim();
  };

  it('is in the user’s cache folder, which only the user can open', async () => {
    const HOME = await folder();
    const cache = join(HOME, '.cache', 'pilotfish');
    expect(await cacheIn({ HOME })).toMatch(new RegExp(`^${cache}/`));
    expect((await stat(cache)).mode & 0o777).toBe(0o700);
  });

  it('is in the folder that XDG_CACHE_HOME names', async () => {
    const HOME = await folder();
    const XDG_CACHE_HOME = join(HOME, 'xdg');
    expect(await cacheIn({ HOME, XDG_CACHE_HOME })).toMatch(
      new RegExp(`^${XDG_CACHE_HOME}/pilotfish/`),
    );
    expect(await readdir(HOME)).toEqual(['xdg']);
  });

  it.each(['.', '.cache', '.cache/pilotfish'])(
    'is not used when others may write to ~/%s',
    async (open) => {
      const HOME = await folder();
      await mkdir(join(HOME, '.cache', 'pilotfish'), { recursive: true, mode: 0o700 });
      await chmod(join(HOME, open), 0o777);
      expect(await cacheIn({ HOME })).toBe('');
    },
  );

  it.each([
    ['no home', () => Promise.resolve({})],
    ['a home that does not exist', () => Promise.resolve({ HOME: '/nowhere/at/all' })],
    ['a relative home', () => Promise.resolve({ HOME: 'home' })],
    [
      'a home where nothing can be made',
      async () => {
        const HOME = await folder();
        await writeFile(join(HOME, '.cache'), '');
        return { HOME };
      },
    ],
  ])('is left out for %s', async (_what, environment) => {
    expect(await cacheIn(await environment())).toBe('');
  });

  it('is filled by a command', async () => {
    const HOME = await folder();
    expect((await runAlone(installed('pilotfish'), ['--help'], { env: { HOME } })).code).toBe(0);
    const [own = ''] = await readdir(join(HOME, '.cache', 'pilotfish'));
    expect((await readdir(join(HOME, '.cache', 'pilotfish', own))).length).toBeGreaterThan(20);
  });
});
