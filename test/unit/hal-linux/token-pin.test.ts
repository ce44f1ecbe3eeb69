import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { checkPinFile } from '../../../hal/linux/token-pin.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();

async function pinFile(content: string | Buffer): Promise<string> {
  const path = join(await folder(), 'token.pin');
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

it.each(['1', '1234', 'with spaces', 'x'.repeat(32)])('the PIN %j is accepted', async (pin) => {
  expect(await checkPinFile(await pinFile(pin))).not.toBe('');
});

it('the stamp of a PIN file changes only when the file changes', async () => {
  const path = await pinFile('1234');
  const stamp = await checkPinFile(path);
  expect(await checkPinFile(path)).toBe(stamp);
  await writeFile(path, '12345');
  expect(await checkPinFile(path)).not.toBe(stamp);
});

it.each<[string, string | Buffer, string]>([
  ['nothing', '', 'it is empty'],
  ['a newline', '98765\n', 'ends with a newline'],
  ['a newline at the end of a full PIN', `${'9'.repeat(32)}\n`, 'ends with a newline'],
  ['a return', '98765\r', 'ends with a newline'],
  ['too much', '9'.repeat(33), 'longer than 32 bytes'],
  ['far too much', '9'.repeat(100_000), 'longer than 32 bytes'],
  ['a zero', Buffer.of(57, 0, 57), 'a zero byte'],
])('a PIN file with %s is rejected, and not shown', async (_, content, why) => {
  const path = await pinFile(content);
  await expect(checkPinFile(path)).rejects.toMatchObject({
    code: 'token-pin-file',
    message: expect.stringMatching(new RegExp(`${why}(?!.*9876)`)),
  });
});

it.each([0o640, 0o604, 0o660, 0o777])('a PIN file with mode %o is rejected', async (mode) => {
  const path = await pinFile('1234');
  await chmod(path, mode);
  await expect(checkPinFile(path)).rejects.toMatchObject({ code: 'key-permissions' });
});

it.runIf(process.geteuid?.() === 0)(
  'a PIN file of another user is rejected (root only)',
  async () => {
    const path = await pinFile('1234');
    await chown(path, 12345, 12345);
    await expect(checkPinFile(path)).rejects.toMatchObject({ code: 'key-permissions' });
  },
);

it('a PIN path that is not a file is rejected', async () => {
  const at = await folder();
  const path = join(at, 'token.pin');
  await expect(checkPinFile(path)).rejects.toMatchObject({
    code: 'token-pin-file',
    message: expect.stringContaining('there is no such file'),
  });
  await mkdir(path, { mode: 0o700 });
  await expect(checkPinFile(path)).rejects.toMatchObject({ code: 'token-pin-file' });
  const pipe = join(at, 'pipe');
  execFileSync('mkfifo', ['-m', '600', pipe]);
  await expect(checkPinFile(pipe)).rejects.toMatchObject({ code: 'token-pin-file' });
});
