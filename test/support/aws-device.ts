import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Ready } from '../../cloud-stub/running.ts';
import type { Identity } from './cloud-pki.ts';
import { until } from './cloud-until.ts';

/** A robot on one of AWS's device SDKs, in a process of its own (`test/clients/device-*.mjs`). */
export interface AwsDevice extends AsyncDisposable {
  /** Calls a method of that program; rejects with a `DeviceError`. */
  call<T = unknown>(method: string, ...args: unknown[]): Promise<T>;
  /** The data of all events of that name, in order. */
  events<T = unknown>(name: string): T[];
  /** The event number `count` of that name, waiting for it. */
  event<T = unknown>(name: string, count?: number): Promise<T>;
}

/** What the SDK threw: its name of the error, and the service's answer if it is one. */
export class DeviceError extends Error {
  readonly details: Readonly<Record<string, unknown>>;
  constructor(details: Record<string, unknown>) {
    super(JSON.stringify(details));
    this.details = details;
  }
}

export type DeviceKind = 'v2' | 'thingShadow' | 'jobs';

const programs = {
  v1: new URL('../clients/device-v1.mjs', import.meta.url),
  v2: new URL('../clients/device-v2.mjs', import.meta.url),
};

export async function startAwsDevice(
  kind: DeviceKind,
  ready: Ready,
  { name: clientId, cert, key }: Identity,
): Promise<AwsDevice> {
  const { host, port } = ready.mqtt;
  const ca = await readFile(ready.serverCa, 'utf8');
  const program = fileURLToPath(kind === 'v2' ? programs.v2 : programs.v1);
  const options = JSON.stringify({ kind, host, port, ca, cert, key, clientId });
  const child = spawn(process.execPath, [program, options], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // The first SDK uses what Node has deprecated.
    env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' },
  });
  const exited = once(child, 'exit');
  const answers = new Map<number, Line>();
  const seen: { event: string; data: unknown }[] = [];
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text) as Line;
    if (line.id === undefined) seen.push({ event: line.event ?? '', data: line.data });
    else answers.set(line.id, line);
  });
  let calls = 0;
  const events = <T>(name: string) =>
    seen.filter(({ event }) => event === name).map(({ data }) => data as T);
  return {
    async call<T>(method: string, ...args: unknown[]) {
      calls += 1;
      const id = calls;
      child.stdin.write(`${JSON.stringify({ id, method, args })}\n`);
      await until(() => answers.has(id) || child.exitCode !== null);
      const answer = answers.get(id);
      if (answer === undefined) throw new Error(`the SDK's process has ended during ${method}`);
      if (answer.error !== undefined) throw new DeviceError(answer.error);
      return answer.output as T;
    },
    events,
    async event<T>(name: string, count = 1) {
      await until(() => events(name).length >= count);
      return events<T>(name)[count - 1] as T;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exited;
    },
  };
}

interface Line {
  readonly id?: number;
  readonly output?: unknown;
  readonly error?: Record<string, unknown>;
  readonly event?: string;
  readonly data?: unknown;
}
