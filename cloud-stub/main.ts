#!/usr/bin/env node
import { runProcess } from '../base/cli.ts';
import { systemClock } from '../base/clock.ts';
import { createLogger } from '../base/log.ts';
import about from '../package.json' with { type: 'json' };
import { operatorCommands } from './cli/operator.ts';
import { serveCommand } from './cli/serve.ts';

await runProcess({
  name: 'cloud-stub',
  version: about.version,
  summary: 'the cloud of a fleet on one machine',
  commands: {
    serve: serveCommand({ clock: systemClock, log: () => createLogger({ name: 'cloud-stub' }) }),
    ...operatorCommands(systemClock),
  },
});
