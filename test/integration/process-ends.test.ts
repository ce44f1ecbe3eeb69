import { expect, it } from 'vitest';
import { runProgram } from '../support/child.ts';

it('a program whose command has left something open exits with its code, and names what is open', async () => {
  const ended = await runProgram({
    source: `
      process.argv.push('program', 'go');
      import { runProcess } from './base/cli.ts';
      import { command } from './base/command.ts';
      const run = async () => { setInterval(() => {}, 1000); return 3; };
      const go = command({ summary: 'goes', options: {}, run });
      await runProcess({ name: 'robot', version: '1', summary: 'a robot', commands: { go } });`,
  });
  expect(ended).toEqual({
    code: 3,
    signal: null,
    out: '',
    err: expect.stringMatching(/^robot: ended, although something was still open: .*Timeout.*\n$/),
  });
});
