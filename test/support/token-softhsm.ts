import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemClock } from '../../base/clock.ts';
import { enginesFolder } from '../../hal/linux/token-environment.ts';
import type { TokenOptions } from '../../hal/linux/token-options.ts';
import { until } from './cloud-until.ts';

/** A software token of a test's own, and the server that keeps its storage from its users. */

const run = promisify(execFile);
const pin = '12345678';

/** The token's own module, as Debian installs it. */
export const softhsmModule = '/usr/lib/softhsm/libsofthsm2.so';

export interface SoftToken extends AsyncDisposable {
  readonly folder: string;
  readonly pinFile: string;
  readonly server: TokenServer;
  /** What leads to a key: through the server, or by the token's own module. */
  through(way: 'server' | 'module', object?: string, change?: Partial<TokenOptions>): TokenOptions;
  /** Runs `pkcs11-tool` on the token's own module; returns what it prints. */
  tool(...args: string[]): Promise<string>;
  makeKey(label: string, kind: `${'EC' | 'rsa'}:${string}`): Promise<void>;
  remove(type: 'privkey' | 'pubkey', label: string): Promise<void>;
}

/** `p11-kit server`: it and its children, one for each client. */
export interface TokenServer {
  readonly socket: string;
  start(): Promise<void>;
  /** Stops it and its children where they stand. */
  kill(): Promise<void>;
  /** Makes it and its children hang, or go on. */
  hang(isHanging: boolean): void;
}

/** A token `robot` with a P-256 key `device`, and a running server. */
export async function startSoftToken(): Promise<SoftToken> {
  const folder = await mkdtemp(join(tmpdir(), 'pilotfish-token-'));
  const conf = join(folder, 'softhsm2.conf');
  const pinFile = join(folder, 'token.pin');
  await mkdir(join(folder, 'tokens'));
  await writeFile(conf, `directories.tokendir = ${folder}/tokens\nlog.level = ERROR\n`);
  await writeFile(pinFile, pin, { mode: 0o600 });
  const { PATH } = process.env;
  const own = { PATH, SOFTHSM2_CONF: conf };
  await run(
    'softhsm2-util',
    ['--init-token', '--free', '--label', 'robot', '--so-pin', '87654321', '--pin', pin],
    { env: own },
  );
  const kitModule = join(await enginesFolder(), '..', 'pkcs11', 'p11-kit-client.so');
  const server = tokenServer(join(folder, 'p11.sock'), own);
  const tool = async (...args: string[]) =>
    (
      await run('pkcs11-tool', ['--module', softhsmModule, '--token-label', 'robot', ...args], {
        env: own,
      })
    ).stdout;
  let ids = 0;
  const token: SoftToken = {
    folder,
    pinFile,
    server,
    tool,
    async makeKey(label, kind) {
      const id = (++ids).toString(16).padStart(2, '0');
      await tool(
        '--login',
        '--pin',
        pin,
        '--keypairgen',
        '--key-type',
        kind,
        '--id',
        id,
        '--label',
        label,
      );
    },
    async remove(type, label) {
      await tool('--login', '--pin', pin, '--delete-object', '--type', type, '--label', label);
    },
    through: (way, object = 'device', change = {}) => ({
      uri: `pkcs11:token=robot;object=${object}?pin-source=file:${pinFile}`,
      ...(way === 'server'
        ? { module: kitModule, socket: server.socket, env: { PATH } }
        : { module: softhsmModule, env: own }),
      clock: systemClock,
      ...change,
    }),
    async [Symbol.asyncDispose]() {
      await server.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await token.makeKey('device', 'EC:prime256v1');
  await server.start();
  return token;
}

function tokenServer(socket: string, env: Record<string, string | undefined>): TokenServer {
  let server: ChildProcess | undefined;
  return {
    socket,
    async start() {
      const args = [
        'server',
        '-f',
        '-n',
        socket,
        '--provider',
        softhsmModule,
        'pkcs11:token=robot',
      ];
      // A group of its own: its children are ended with it.
      server = spawn('p11-kit', args, { env, detached: true, stdio: 'ignore' });
      await until(() => existsSync(socket) || server?.exitCode !== null);
      if (!existsSync(socket)) throw new Error('p11-kit server has ended');
    },
    hang(isHanging) {
      process.kill(-(server?.pid ?? 0), isHanging ? 'SIGSTOP' : 'SIGCONT');
    },
    async kill() {
      if (server?.pid === undefined || server.exitCode !== null || server.signalCode !== null)
        return;
      process.kill(-server.pid, 'SIGKILL');
      await once(server, 'exit');
      await rm(socket, { force: true });
    },
  };
}
