import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import type { Log, LogFields } from '../../base/log.ts';
import { initCa } from '../../factory/ca.ts';
import { openJournal } from '../../factory/journal.ts';
import { bundlePaths, makeFixture } from '../../factory/line/fixtures.ts';
import { openLineCa } from '../../factory/line/line-ca.ts';
import { type RunningStation, startStation } from '../../factory/line/station.ts';
import { openRevocations } from '../../factory/revocations.ts';
import { factoryMain } from './pki-station.ts';

/** The factory's line in tests: a station, in this process or as one of its own, and fixtures that call it. */

export interface Credentials {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface Reply {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export async function readBundle(out: string): Promise<Credentials> {
  const { authority, certificate, key } = bundlePaths(out);
  const [ca, cert, pem] = await Promise.all(
    [authority, certificate, key].map((path) => readFile(path, 'utf8')),
  );
  return { ca: ca ?? '', cert: cert ?? '', key: pem ?? '' };
}

/** One HTTPS request, on a connection of its own. Rejects when it is not answered. */
export async function call(
  port: number,
  credentials: Partial<Credentials>,
  requestCertificate: {
    method?: string;
    path?: string;
    body?: unknown;
    headers?: Record<string, string>;
  } = {},
): Promise<Reply> {
  const { method = 'GET', path = '/v1/health', body, headers = {} } = requestCertificate;
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  const agent = new Agent({ ...credentials, host: '127.0.0.1', keepAlive: false });
  try {
    const sent = request({ agent, port, method, path, headers, host: '127.0.0.1' });
    sent.end(text);
    const [response] = (await once(sent, 'response')) as [
      AsyncIterable<Buffer> & { statusCode: number },
    ];
    const parts: Buffer[] = [];
    for await (const part of response) parts.push(part);
    const said = Buffer.concat(parts).toString();
    return { status: response.statusCode, body: JSON.parse(said) as Record<string, unknown> };
  } finally {
    agent.destroy();
  }
}

export const requestCertificate = (
  port: number,
  credentials: Credentials,
  body: unknown,
): Promise<Reply> => call(port, credentials, { method: 'POST', path: '/v1/certificates', body });

export interface TestLine extends AsyncDisposable {
  readonly running: RunningStation;
  readonly port: number;
  readonly folder: string;
  readonly fixture: Credentials;
  /** What was logged, one per line. */
  readonly lines: (LogFields & { msg: string; level: string })[];
  makeFixture(name: string): Promise<Credentials>;
}

/** A station with a software CA in this process, and its fixture `jig-1`. */
export async function startLine(dir: string, timeoutMs?: number): Promise<TestLine> {
  const folder = join(dir, 'ca');
  const tools = { clock: systemClock, random: randomBytes };
  const ca = await initCa(folder, { ...tools, commonName: 'Test CA' });
  const [journal, revocations] = [await openJournal(folder), await openRevocations(folder)];
  const line = await openLineCa(folder, tools);
  const lines: TestLine['lines'] = [];
  const note = (level: string) => (fields: LogFields, msg: string) =>
    void lines.push({ ...fields, msg, level });
  const log: Log = {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
    child: () => log,
  };
  const running = await startStation({
    station: { ...tools, ca, journal, revocations },
    folder,
    line,
    address: '127.0.0.1',
    port: 0,
    hostNames: ['localhost', '127.0.0.1'],
    clock: systemClock,
    log,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  const make = async (name: string) => {
    const out = join(dir, name);
    await makeFixture({ ...tools, folder, line }, { name, out });
    return readBundle(out);
  };
  const fixture = await make('jig-1');
  return {
    running,
    port: running.port,
    folder,
    fixture,
    lines,
    makeFixture: make,
    [Symbol.asyncDispose]: () => running.close(),
  };
}

export interface SpawnedStation {
  readonly child: ChildProcess;
  /** 0 when it has ended before it was ready. */
  readonly port: number;
  said(): string;
}

/** `factory station` as a process of its own; resolves when it is ready. `shell` is run before it, in its shell. */
export async function spawnStation(
  folder: string,
  options: {
    env?: Record<string, string>;
    more?: readonly string[];
    nodeArgs?: readonly string[];
    shell?: string;
  } = {},
): Promise<SpawnedStation> {
  const { env = {}, more = [], nodeArgs = [], shell = ':' } = options;
  const argv = [...nodeArgs, factoryMain, 'station', '--dir', folder, '--port', '0', ...more];
  const child = spawn('sh', ['-c', `${shell}; exec "$0" "$@"`, process.execPath, ...argv], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const port = await new Promise<number>((resolve) => {
    const take = (part: Buffer) => {
      said += part.toString();
      const found = /station ready: https:\/\/[^ :]+:(\d+)/.exec(said);
      if (found !== null) resolve(Number(found[1]));
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('close', () => resolve(0));
  });
  return { child, port, said: () => said };
}

export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'close');
}
