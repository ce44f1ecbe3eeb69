#!/usr/bin/env node
import { type CliIo, runCli } from '../../base/cli.ts';
import about from '../../package.json' with { type: 'json' };
import { simulate } from './simulate.ts';

/** `npm run simulate`: many robots' weeks in the simulated world, and what must hold in them. */

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());
// Whoever read the output has gone.
process.stdout.on('error', () => stop.abort());

const io: CliIo = {
  argv: ['--', ...process.argv.slice(2)],
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  isTerminal: process.stdout.isTTY === true,
  signal: stop.signal,
};
const stage = {
  env: process.env,
  columns: process.stdout.columns || 80,
  write: (text: string) => void process.stdout.write(text),
};
// The name and the word together are what one types.
const name = 'npm run simulate';
const program = { name, version: about.version, summary: '', commands: { '--': simulate(stage) } };
void runCli(program, io).then((code) => {
  process.exitCode = code;
});
