import { cpSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { createRequire, syncBuiltinESMExports } from 'node:module';

/**
 * Loaded before a program (`node --import`), this counts the steps by which it changes files, and kills the process right
 * before step `CRASH_AT` the way a power cut would, with nothing cleaned up. It prints the completed steps on standard output.
 * With `KEEP_FROM` and `KEEP_IN` the folder is copied before each step to a folder of the step's number: what a process
 * that is killed there would leave.
 */
const fs = createRequire(import.meta.url)('node:fs/promises') as Record<string, unknown>;
const crashAt = Number(process.env['CRASH_AT'] ?? Number.POSITIVE_INFINITY);
const { KEEP_FROM: keepFrom, KEEP_IN: keepIn } = process.env;
let steps = 0;

function step(name: string): void {
  steps += 1;
  if (keepFrom && keepIn) cpSync(keepFrom, `${keepIn}/${steps}`, { recursive: true });
  if (steps === crashAt) process.kill(process.pid, 'SIGKILL');
  process.stdout.write(`${name}\n`);
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Puts a step in front of the method `name` of `owner`. */
function count(owner: Record<string, unknown>, name: string, label: (args: unknown[]) => string) {
  const original = owner[name] as Method;
  owner[name] = function (this: unknown, ...args: unknown[]) {
    step(label(args));
    return original.apply(this, args);
  };
}

const handle = await open(import.meta.filename);
const handles = Object.getPrototypeOf(handle) as Record<string, unknown>;
await handle.close();

for (const name of ['rename', 'rm', 'unlink', 'writeFile']) count(fs, name, () => name);
count(fs, 'open', ([, flags]) => `open ${String(flags)}`);
for (const name of ['writeFile', 'write', 'sync', 'datasync']) count(handles, name, () => name);
syncBuiltinESMExports();
