import { describe, expect, it } from 'vitest';
import { runProgram } from '../../support/child.ts';

/** An agent as a process of its own, with one of its parts broken. */
const live = (fault: string) =>
  runProgram({
    source: `
      import { createAgent } from './agent/agent.ts';
      import { testConfig } from './test/support/agent-config.ts';
      import { handPorts } from './test/support/agent-ports.ts';
      import { execution } from './test/support/agent-updates.ts';
      const ports = handPorts();
      ${fault}
      await createAgent(ports, testConfig(), { version: '1', builtMs: 0 });
      console.log('alive');`,
  });

describe('a bug of our own ends the process, so that its supervisor starts it anew', () => {
  it.each([
    [
      'a part that breaks its promise',
      "ports.link.run = () => Promise.reject(new Error('broken'));",
    ],
    [
      'a machine that fails in a later turn',
      'ports.board.body.snapshot = async () => ({ lastEvent: 0 });',
    ],
    [
      'a machine that fails in the first turn',
      'ports.board.boot.state = async () => ({ booted: 5 });',
    ],
    [
      'a machine that fails where whoever called it catches',
      `ports.board.boot.state = async () => ({ booted: 'a', slots: 7 });
      const offer = { timestamp: 1_800_000_000, execution: execution('j1') };
      ports.link.run = async (_pair, { up, message }) => {
        await null;
        up();
        try {
          message('$aws/things/R1/jobs/$next/get/accepted', Buffer.from(JSON.stringify(offer)));
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
