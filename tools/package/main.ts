#!/usr/bin/env node
import { join } from 'node:path';
import { runProcess } from '../../base/cli.ts';
import { systemClock } from '../../base/clock.ts';
import { command } from '../../base/command.ts';
import { makeFolder } from '../../base/files.ts';
import { checkOutput } from '../../base/output-file.ts';
import about from '../../package.json' with { type: 'json' };
import { buildTimeMs } from '../firmware/bundle.ts';
import { buildExecutable } from './executable.ts';

const project = join(import.meta.dirname, '..', '..');

const build = command({
  summary: 'makes the single executable for linux-x64',
  options: {
    version: { type: 'string', describe: 'the version stamped into it (that of package.json)' },
    out: {
      type: 'string',
      value: 'FILE',
      default: join(project, 'dist', 'pilotfish-linux-x64'),
      describe: 'the executable to write',
    },
  },
  async run({ version, out }, io) {
    await makeFolder(join(out, '..'));
    const builtMs = buildTimeMs(process.env, systemClock);
    const { path } = await checkOutput('--out', out);
    const built = await buildExecutable({ version: version ?? about.version, builtMs, out: path });
    io.out(JSON.stringify({ ...built, path: out }));
    return 0;
  },
});

void runProcess({
  name: 'package',
  version: '1',
  summary: 'makes what is shipped',
  commands: { build },
});
