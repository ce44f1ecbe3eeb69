#!/usr/bin/env node
import { randomBytes } from 'node:crypto';
import { runProcess } from '../base/cli.ts';
import { systemClock } from '../base/clock.ts';
import { createLogger } from '../base/log.ts';
import about from '../package.json' with { type: 'json' };
import { factoryCommands } from './cli.ts';

await runProcess({
  name: 'factory',
  version: about.version,
  summary: 'the station that gives a robot its identity',
  commands: factoryCommands({
    clock: systemClock,
    random: randomBytes,
    log: () => createLogger({ name: 'factory' }),
  }),
});
