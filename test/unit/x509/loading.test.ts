import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { makeCa } from '../../../base/x509/authority.ts';

const urlOf = (path: string) => JSON.stringify(new URL(`../../../${path}`, import.meta.url).href);

/** The output of a program in its own process. */
function run(program: string): string {
  const args = ['--input-type=module', '--eval', program];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
  });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** Without node-forge, which the robot must be able to start without; the last one does load it. */
const paths = [
  'hal/linux/file-key.ts',
  'base/x509/certificates.ts',
  'base/x509/key-file.ts',
  'base/x509/algorithms.ts',
  'base/x509/csr.ts',
];

it('node-forge is loaded only to make requests', () => {
  // In one process, in sequence: what is not loaded at the end, none of them needs.
  const said = run(`
    import { createRequire } from 'node:module';
    const forge = [];
    for (const url of [${paths.map(urlOf).join(',')}]) {
      await import(url);
      const loaded = Object.keys(createRequire(import.meta.url).cache);
      forge.push(loaded.some((name) => name.includes('node-forge')));
    }
    console.log(JSON.stringify(forge));
  `);
  expect(paths.filter((_, index) => (JSON.parse(said) as boolean[])[index])).toEqual([
    'base/x509/csr.ts',
  ]);
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
