import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, link, lstat, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkOutput, checkOutputFolder, writeOutput } from '../../../base/output-file.ts';
import { folders } from '../../support/pki-folder.ts';

const newFolder = folders();
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

async function write(path: string, text = 'new', inputs: Record<string, string> = {}) {
  await writeOutput(await checkOutput('--out', path, inputs), text);
}

describe('an output file', () => {
  it('is created when it does not exist, readable by everybody', async () => {
    const path = join(await newFolder(), 'out.pem');
    await write(path);
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await modeOf(path)).toBe(0o644 & ~process.umask());
  });

  it.each([0o600, 0o640, 0o664])('keeps the mode %o of the file that it replaces', async (mode) => {
    const path = join(await newFolder(), 'out.pem');
    await writeFile(path, 'old');
    await chmod(path, mode);
    await write(path);
    expect([await readFile(path, 'utf8'), await modeOf(path)]).toEqual(['new', mode]);
  });

  it('replaces the target of a link, and keeps the link', async () => {
    const folder = await newFolder();
    const [real, first, second] = ['real.pem', 'first.pem', 'second.pem'].map((n) =>
      join(folder, n),
    ) as [string, string, string];
    await writeFile(real, 'old');
    await symlink('real.pem', first);
    await symlink(first, second);
    await write(second);
    expect(await readFile(real, 'utf8')).toBe('new');
    expect((await lstat(second)).isSymbolicLink()).toBe(true);
    expect((await lstat(first)).isSymbolicLink()).toBe(true);
  });

  it('is written through a link to its folder', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, 'real'));
    await symlink('real', join(folder, 'link'));
    await write(join(folder, 'link', 'out.pem'));
    expect(await readFile(join(folder, 'real', 'out.pem'), 'utf8')).toBe('new');
  });

  it.each([
    ['a folder', (path: string) => mkdir(path)],
    ['a pipe', async (path: string) => void execFileSync('mkfifo', [path])],
    ['a link to nothing', (path: string) => symlink('nowhere', path)],
  ])('is rejected when the path is %s', async (what, make) => {
    const path = join(await newFolder(), 'out.pem');
    await make(path);
    const before = await lstat(path);
    await expect(checkOutput('--out', path)).rejects.toMatchObject({
      code: 'out-unwritable',
      message: `--out ${path} is ${what}, expected a file, or a name where nothing is`,
    });
    const direct = join(path, '..', 'direct');
    await symlink(path, direct);
    await expect(checkOutput('--out', direct)).rejects.toMatchObject({ code: 'out-unwritable' });
    expect(await lstat(path)).toMatchObject({ ino: before.ino, mode: before.mode });
  });

  it('is rejected when the path is a socket', async () => {
    const path = join(await newFolder(), 's');
    const server = createServer().listen(path);
    await once(server, 'listening');
    await expect(checkOutput('--out', path)).rejects.toThrow('is a socket');
    server.close();
  });

  it('is rejected in a missing folder, with the command that makes it', async () => {
    const folder = await newFolder();
    await expect(checkOutput('--out', join(folder, 'no', 'out'))).rejects.toMatchObject({
      code: 'out-unwritable',
      message: `--out ${join(folder, 'no', 'out')}: there is no folder ${join(folder, 'no')}`,
      hint: `mkdir -p ${join(folder, 'no')} makes it`,
    });
  });

  it('is rejected below a file, and in a circle of links', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'file'), '');
    await symlink('b', join(folder, 'a'));
    await symlink('a', join(folder, 'b'));
    for (const [name, code] of [
      ['file/out', 'ENOTDIR'],
      ['a', 'ELOOP'],
    ] as const) {
      await expect(checkOutput('--out', join(folder, name))).rejects.toMatchObject({
        code: 'out-unwritable',
        message: `--out ${join(folder, name)} cannot be written (${code})`,
      });
    }
  });

  it.each([
    ['by a link', symlink],
    ['by a second name', link],
  ])('is rejected when it is the input %s', async (_how, nameIt) => {
    const folder = await newFolder();
    const input = join(folder, 'robot.csr');
    await writeFile(input, 'request');
    const out = join(folder, 'other');
    await nameIt(input, out);
    await expect(write(input, 'new', { '--csr': input })).rejects.toMatchObject({ code: 'usage' });
    await expect(write(out, 'new', { '--csr': input })).rejects.toThrow(
      `--out ${out} is the same file as --csr ${input}, which would be lost`,
    );
    expect(await readFile(input, 'utf8')).toBe('request');
  });
});

describe('an output folder', () => {
  it('may exist or be missing', async () => {
    const folder = await newFolder();
    await checkOutputFolder('--out', folder);
    await checkOutputFolder('--out', join(folder, 'new', 'one'));
  });

  it('is rejected when the path is a file or a pipe', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'file'), '');
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(checkOutputFolder('--out', join(folder, 'file'))).rejects.toThrow(
      'is a file, expected a folder',
    );
    await expect(checkOutputFolder('--out', join(folder, 'pipe'))).rejects.toThrow(
      'is a pipe, expected a folder',
    );
  });
});
