#!/usr/bin/env node
import { runCli } from '../../base/cli.ts';
import type { CliIo } from '../../base/command.ts';
import { openStdio } from '../../base/stdio.ts';
import about from '../../package.json' with { type: 'json' };
import { simulate } from './simulate.ts';

/** `npm run simulate`: weeks of many robots in the simulated world, with their invariants checked. */

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
// The reader of the output may close it early.
const stdio = openStdio(stop);
const io: CliIo = { ...stdio, argv: ['--', ...process.argv.slice(2)], signal: stop.signal };
const stage = {
  env: process.env,
  columns: process.stdout.columns || 80,
  write: stdio.write,
};
// The name and the subcommand together are what a user types.
const name = 'npm run simulate';
const program = { name, version: about.version, summary: '', commands: { '--': simulate(stage) } };
void runCli(program, io).then(async (code) => {
  process.exitCode = await stdio.settle(code, name);
});
