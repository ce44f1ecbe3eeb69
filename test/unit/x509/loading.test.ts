import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { makeCa } from '../../../base/x509/authority.ts';

const urlOf = (path: string) => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);

/** What a program says that is run by a process of its own. */
function run(program: string): string {
  const args = ['--input-type=module', '--eval', program];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** Whether a file loads node-forge: the robot must be able to start without it. */
const loadsForge = (path: string): boolean =>
  run(`
    import { createRequire } from 'node:module';
    await import(${urlOf(path)});
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    console.log(loaded.some((name) => name.includes('node-forge')));
  `) === 'true';

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

it('reading a name first leaves TLS servers working', async () => {
  const { certificatePem } = await makeCa({
    commonName: 'Maker',
    nowMs: Date.now(),
    random: randomBytes,
  });
  const said = run(`
    const { commonName } = await import(${urlOf('base/x509/certificates.ts')});
    const name = commonName(${JSON.stringify(certificatePem)});
    const { createServer } = await import('node:tls');
    createServer({});
    console.log(name);
  `);
  expect(said).toBe('Maker');
});
