import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { until } from './cloud-until.ts';

/** Debian's Mosquitto as a process, on the files of `docs/mosquitto` as they are shipped. */
export interface Mosquitto extends AsyncDisposable {
  readonly port: number;
  /** What is made for it: `services-ca.crt`, `cloud.crt`, `cloud.key`, `admin.sock`... */
  readonly path: (name: string) => string;
  readonly log: () => string;
  start(): Promise<void>;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
  /** Creates the list of revoked certificates again and makes the broker read it. */
  revoke(certificatePems: readonly string[]): Promise<void>;
  /** Has a list read that was good until yesterday. */
  expireCrl(): Promise<void>;
}

const shipped = join(import.meta.dirname, '..', '..', 'docs', 'mosquitto');
const script = (name: string, args: readonly string[]) =>
  execFileSync(join(shipped, name), args, { encoding: 'utf8' });

/** Sets it up in `folder` for the robots of the CA in these files, and starts it. */
export async function startMosquitto(
  folder: string,
  robots: { readonly ca: string; readonly caKey: string },
  { reserved = false } = {},
): Promise<Mosquitto> {
  await mkdir(folder, { recursive: true });
  const path = (name: string) => join(folder, name);
  const port = await freePort();
  script('make-certificates.sh', [folder, 'localhost']);
  const authorities = [await readFile(robots.ca), await readFile(path('services-ca.crt'))];
  await writeFile(path('clients-ca.crt'), authorities.join(''));
  const acl = await readFile(join(shipped, 'acl'), 'utf8');
  await writeFile(path('acl'), reserved ? acl.replaceAll(/^#(?=pattern|topic)/gm, '') : acl);
  // The steps of docs/mosquitto.md, and a free port of this machine alone.
  const conf = (await readFile(join(shipped, 'mosquitto.conf'), 'utf8'))
    .replaceAll('/etc/mosquitto/pilotfish', folder)
    .replaceAll('/run/mosquitto', folder)
    .replace('user mosquitto', `user ${userInfo().username}`)
    .replace('listener 8883', `listener ${port} localhost`);
  await writeFile(path('mosquitto.conf'), conf);
  const makeCrl = async (revoked: readonly string[], at = 'now') => {
    const files = await Promise.all(
      revoked.map(async (pem, i) => {
        await writeFile(path(`revoked-${i}.crt`), pem);
        return path(`revoked-${i}.crt`);
      }),
    );
    const args = [join(shipped, 'make-crl.sh'), robots.ca, robots.caKey, '1', ...files];
    const ofRobots = execFileSync('faketime', [at, ...args], { encoding: 'utf8' });
    const ofServices = script('make-crl.sh', [
      path('services-ca.crt'),
      path('services-ca.key'),
      '30',
    ]);
    await writeFile(path('clients.crl'), ofRobots + ofServices);
  };

  const logFile = path('mosquitto.log');
  const log = () => readFileSync(logFile, 'utf8');
  const said = (text: string) => log().split(text).length - 1;
  let child: ChildProcess | undefined;
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  const start = async () => {
    const runs = child === undefined ? 0 : said(' running');
    const file = openSync(logFile, 'a');
    // A test run that is killed cleans nothing up: the kernel does.
    const args = ['--pdeathsig', 'KILL', '--', 'mosquitto', '-c', path('mosquitto.conf')];
    child = spawn('setpriv', args, { stdio: ['ignore', file, file] });
    closeSync(file);
    await until(() => {
      if (child?.exitCode !== null) throw new Error(`mosquitto has ended: ${log()}`);
      return said(' running') > runs;
    });
  };
  const reload = async () => {
    const reloads = said('Reloading config');
    child?.kill('SIGHUP');
    await until(() => said('Reloading config') > reloads);
  };
  await makeCrl([]);
  await start();
  return {
    ...{ port, path, log, start, kill },
    async revoke(pems) {
      await makeCrl(pems);
      await reload();
    },
    async expireCrl() {
      await makeCrl([], '2 days ago');
      await reload();
    },
    [Symbol.asyncDispose]: kill,
  };
}

/** Takes over a robot's connection by the admin socket, which ends it. */
export function kick({ path }: Mosquitto, robot: string): void {
  const args = ['--unix', path('admin.sock'), '-i', robot, '-t', 'x', '-m', 'y'];
  const { status, stderr } = spawnSync('mosquitto_pub', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`mosquitto_pub: ${stderr}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
