#!/usr/bin/env node
import { join } from 'node:path';
import { command, runProcess } from '../../base/cli.ts';
import { makeFolder } from '../../base/files.ts';
import about from '../../package.json' with { type: 'json' };
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
    io.out(JSON.stringify(await buildExecutable({ version: version ?? about.version, out })));
    return 0;
  },
});

void runProcess({
  name: 'package',
  version: '1',
  summary: 'makes what is shipped',
  commands: { build },
});
