#!/usr/bin/env node
import { runProcess } from '../../base/cli.ts';
import { createLogger } from '../../base/log.ts';
import about from '../../package.json' with { type: 'json' };
import { commands } from './cli.ts';

await runProcess({
  name: 'sim-board',
  version: about.version,
  summary: 'a robot that exists only in this computer: body, battery, slots, supervisor',
  commands: commands({
    env: process.env,
    pid: process.pid,
    sendSignal: (pid, signal) => void process.kill(pid, signal),
    createLog: () => createLogger({ name: 'sim-board' }),
  }),
});
