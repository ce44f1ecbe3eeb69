import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { createSecureContext } from 'node:tls';
import { queryObjects } from 'node:v8';
import { createLink } from '../../agent/io/mqtt.ts';
import type { LinkHandlers } from '../../agent/ports.ts';
import { systemClock } from '../../base/clock.ts';
import { codeOf, explain } from '../../base/errors.ts';
import { enginesFolder, tokenEnvironment } from '../../hal/linux/token-environment.ts';
import { tokenKeys } from '../../hal/linux/token-key.ts';
import type { ConnectResult, RobotTask, Usage } from './token-process.ts';

/**
 * A robot's link and hardware key as a process of their own, like the agent's: OpenSSL's engine reads the process's
 * environment once. A number on standard input makes that many connections, one after the
 * other, `measure` reports the usage, `hold` and `release` keep one up; each answer is a line.
 */
const task = JSON.parse(process.argv[2] ?? '') as RobotTask;
const options = { ...task.token, clock: systemClock };
const enginesDir = options.enginesDir ?? (await enginesFolder());
// What a `main.ts` does, and one could forget.
if (task.setsEnvironment) Object.assign(process.env, tokenEnvironment({ ...options, enginesDir }));
const keys = tokenKeys(options);

const link = createLink({
  host: 'localhost',
  port: task.port,
  clientId: task.name,
  keepAliveS: 30,
  connectMs: 10_000,
  lastWill: '',
  alpn: [],
  subscriptions: [`robots/${task.name}/down/#`],
  clock: systemClock,
  credentials: async () => ({
    ca: task.serverCa,
    cert: task.certificate,
    ...(await keys.open('')).tls(),
  }),
});

/** Connects with the `next` credentials, so that every handshake is a full one and uses the token. */
const ignoring: LinkHandlers = { up() {}, message() {}, skipped() {}, drained() {}, proved() {} };
const SecureContext = createSecureContext().constructor;

/** One connection: up and closed again. Returns how long it took to come up, in ms, or the observation. */
async function connectOnce(): Promise<number | string> {
  const stop = new AbortController();
  const beginMs = performance.now();
  let upMs: number | undefined;
  const up = () => {
    upMs = performance.now() - beginMs;
    stop.abort();
  };
  const { kind, detail } = await link.run('next', { ...ignoring, up }, stop.signal);
  return upMs ?? `${kind}: ${detail}`;
}

/** A connection that stays up; returns a function that ends it. */
async function keepConnected(): Promise<() => Promise<unknown>> {
  const stop = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const ended = link.run('next', { ...ignoring, up: resolve }, stop.signal);
  await Promise.race([promise, ended]);
  return () => {
    stop.abort();
    return ended;
  };
}

async function connectTimes(count: number): Promise<ConnectResult> {
  const times: number[] = [];
  const observations: string[] = [];
  for (let n = 0; n < count; n++) {
    const came = await connectOnce();
    if (typeof came === 'number') times.push(came);
    else observations.push(came);
  }
  times.sort((a, b) => a - b);
  const at = (part: number) => Math.round((times[Math.floor(times.length * part)] ?? 0) * 10) / 10;
  return { ups: times.length, observations, medianMs: at(0.5), p95Ms: at(0.95) };
}

/** What this process uses. Collects all garbage first, so a test calls it only where that does not hide a fault. */
async function measure(): Promise<Usage> {
  const contexts = queryObjects(SecureContext, { format: 'count' });
  const files = (await readdir('/proc/self/fd')).length;
  return { contexts, files, rssKiB: Math.round(process.memoryUsage.rss() / 1024) };
}

process.on('uncaughtException', (error) => {
  process.stdout.write(`${JSON.stringify({ uncaught: `${codeOf(error)} ${explain(error)}` })}\n`);
  process.exit(70);
});
let release: () => Promise<unknown> = async () => {};
for await (const line of createInterface({ input: process.stdin })) {
  let answer: object = {};
  if (line === 'measure') answer = await measure();
  else if (line === 'hold') release = await keepConnected();
  else if (line === 'release') await release();
  else answer = await connectTimes(Number(line));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
