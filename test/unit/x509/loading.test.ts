import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** Which of the files load node-forge: the robot must be able to start without it. */
function loadsForge(path: string): boolean {
  const file = new URL(`../../../${path}`, import.meta.url);
  const program = `
    import { createRequire } from 'node:module';
    await import(${JSON.stringify(file.href)});
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(loaded.some((name) => name.includes('node-forge')));
  `;
  const args = ['--input-type=module', '--eval', program];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim() === 'true';
}

it.each([
  'hal/linux/file-key.ts',
  'base/x509/certificates.ts',
  'base/x509/key-file.ts',
  'base/x509/algorithms.ts',
])('%s does not load node-forge', (path) => {
  expect(loadsForge(path)).toBe(false);
});

it('base/x509/csr.ts does', () => {
  expect(loadsForge('base/x509/csr.ts')).toBe(true);
});
