import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Ready } from '../../cloud-stub/running.ts';

/** AWS's own clients, unmodified, against a stub. */

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../clients', import.meta.url));

export interface Call {
  /** Of the SDK alone: its library for uploads in parts, and URLs that it signs and another program uses. */
  readonly client: 'iot' | 'iot-data' | 'iot-jobs-data' | 's3' | 's3-upload' | 's3-presigned';
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** What a client returned or threw: the name and message of AWS's exception. */
export type Outcome =
  | { readonly output: Record<string, unknown> }
  | { readonly error: string; readonly message: string }
  /** The client is older than this operation. */
  | { readonly unknown: string };

export type Caller = (ready: Ready, calls: readonly Call[]) => Promise<Outcome[]>;

/**
 * Installs AWS's clients for JavaScript from their lock file, unless they are there. Two test files may do so at once: each
 * installs into a folder of its own, and moves it to its place when it is complete.
 */
export async function installSdk(): Promise<void> {
  if (await areInstalled()) return;
  const mine = await mkdtemp(join(folder, 'node_modules-'));
  const fresh = join(mine, 'node_modules');
  try {
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
      await copyFile(join(folder, name), join(mine, name));
    }
    await run('npm', ['ci', '--ignore-scripts'], { cwd: mine });
    if (await areInstalled()) return;
    await rename(modules, join(mine, 'old')).catch(() => {});
    await rename(fresh, modules);
  } finally {
    await rm(mine, { recursive: true, force: true });
  }
}

const modules = join(folder, 'node_modules');

/** Whether the installed packages are those of the lock file. */
async function areInstalled(): Promise<boolean> {
  // npm writes this list last.
  const installed = await versionsIn(join(modules, '.package-lock.json')).catch(() => undefined);
  const locked = await versionsIn(join(folder, 'package-lock.json'));
  return Object.entries(locked).every(([name, version]) => installed?.[name] === version);
}

async function versionsIn(path: string): Promise<Record<string, string>> {
  const { packages } = JSON.parse(await readFile(path, 'utf8')) as {
    readonly packages: Readonly<Record<string, { version: string; optional?: boolean }>>;
  };
  const needed = Object.entries(packages).filter(([name, one]) => name !== '' && !one.optional);
  return Object.fromEntries(needed.map(([name, { version }]) => [name, version]));
}

export const sdk: Caller = (ready, calls) =>
  callBy(ready, calls, {
    command: [process.execPath, fileURLToPath(new URL('../clients/call.mjs', import.meta.url))],
    env: { NODE_EXTRA_CA_CERTS: ready.serverCa },
  });

export const boto3: Caller = (ready, calls) =>
  callBy(ready, calls, {
    command: ['/usr/bin/python3', join(folder, 'call.py')],
    env: { AWS_CA_BUNDLE: ready.serverCa, PYTHONDONTWRITEBYTECODE: '1' },
  });

/** `aws SERVICE ...`: its answer as JSON, null when it is empty. Rejects with what it wrote on standard error. */
export const awsCli = (ready: Ready, ...args: string[]): Promise<unknown> =>
  awsCliWith({}, ready, ...args);

/** The same with a configuration file. */
export async function awsCliWith(
  { configPath }: { readonly configPath?: string },
  ready: Ready,
  ...args: string[]
): Promise<unknown> {
  const { credentials, region } = await readKey(ready);
  const env = {
    ...{ PATH: process.env['PATH'], AWS_CA_BUNDLE: ready.serverCa, AWS_DEFAULT_REGION: region },
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(configPath !== undefined && { AWS_CONFIG_FILE: configPath }),
  };
  const options = ['--endpoint-url', ready.https.url, '--output', 'json', '--no-cli-pager'];
  const { stdout } = await run('/usr/bin/aws', [...args, ...options], { env });
  return stdout === '' ? null : JSON.parse(stdout);
}

async function callBy(
  ready: Ready,
  calls: readonly Call[],
  { command: [program = '', ...args], env }: { command: string[]; env: Record<string, string> },
): Promise<Outcome[]> {
  const request = { endpoint: ready.https.url, ...(await readKey(ready)), calls };
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], ...env },
  });
  child.stdin.end(JSON.stringify(request));
  return JSON.parse(await text(child.stdout)) as Outcome[];
}

async function readKey(ready: Ready) {
  const { region, ...credentials } = JSON.parse(await readFile(ready.operator, 'utf8')) as {
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
  return { region, credentials };
}
