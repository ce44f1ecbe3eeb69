import { describe, expect, it } from 'vitest';
import { runProgram } from '../../support/child.ts';

/** An agent as a process of its own, with one of its parts broken. */
const live = (fault: string) =>
  runProgram({
    source: `
      import { createAgent } from './agent/agent.ts';
      import { testConfig } from './test/support/agent-config.ts';
      import { handPorts } from './test/support/agent-ports.ts';
      const ports = handPorts();
      const config = testConfig();
      const failing = (part, name) => ({
        ...config,
        [part]: Object.defineProperty({ ...config[part] }, name, {
          get() {
            throw new Error('a machine failed');
          },
        }),
      });
      let used = config;
      ${fault}
      await createAgent(ports, used, { version: '1', builtMs: 0 });
      console.log('alive');`,
  });

describe('a bug of our own ends the process, so that its supervisor starts it anew', () => {
  it.each([
    [
      'a part that breaks its promise',
      "ports.link.run = () => Promise.reject(new Error('broken'));",
    ],
    ['a machine that fails in the first turn', "used = failing('shadow', 'enabled');"],
    [
      'a machine that fails in a later turn',
      `ports.board.body.snapshot = () => Promise.reject(new Error('not now'));
      used = failing('missions', 'progressMs');`,
    ],
    [
      'a machine that fails where whoever called it catches',
      `used = failing('shadow', 'robot');
      ports.link.run = async (_pair, { up }) => {
        await null;
        try {
          up();
        } catch {}
        return { kind: 'closed', code: 'asked', detail: '' };
      };`,
    ],
  ])('%s', async (_name, fault) => {
    const { code, err } = await live(fault);
    expect(code).toBe(1);
    expect(err).toMatch(/Error/);
  });
});
