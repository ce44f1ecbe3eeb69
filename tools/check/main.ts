#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import about from '../../package.json' with { type: 'json' };
import { runSteps, type Step } from './steps.ts';

/**
 * `npm run check`: every script of `package.json` named `check:...`. The tests run in parallel with all the others, so
 * that no core is idle. Each script can also be run alone: `npm run check:types`.
 */
const root = join(import.meta.dirname, '..', '..');
const env = {
  ...process.env,
  PATH: [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter),
  ...(process.stdout.isTTY && { FORCE_COLOR: '1' }),
};

const steps = Object.entries(about.scripts)
  .filter(([name]) => name.startsWith('check:'))
  .map(([name, script]) => step(name, script));

function step(name: string, script: string): Step {
  return {
    name,
    run: (print) =>
      new Promise((resolve, reject) => {
        const child = spawn(script, {
          shell: true,
          cwd: root,
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', print);
        child.once('error', reject);
        child.once('close', (code) => resolve(code === 0));
      }),
  };
}

const isTests = ({ name }: Step) => name === 'check:tests';
const lanes = [steps.filter((one) => !isTests(one)), steps.filter(isTests)];
const failed = await runSteps(lanes, (text) => void process.stdout.write(text));
if (failed.length > 0) {
  process.stdout.write(`check failed: ${failed.join(', ')}\n`);
  process.exitCode = 1;
}
