import { useFakeTimers } from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgent } from '../../../agent/agent.ts';
import type { AgentConfig } from '../../../agent/config.ts';
import { testConfig } from '../../support/agent-config.ts';
import { type HandPorts, handPorts } from '../../support/agent-ports.ts';

const build = { version: '1.2.3', builtMs: 0 };

let clock: ReturnType<typeof useFakeTimers>;
beforeEach(() => {
  clock = useFakeTimers({
    now: Date.UTC(2026, 5, 1),
    toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'],
  });
});
afterEach(() => clock.restore());

/** A machine that throws whenever it reads this value of its configuration. */
function failing<Part extends keyof AgentConfig>(
  part: Part,
  name: keyof AgentConfig[Part],
): AgentConfig {
  const config = testConfig();
  const broken = Object.defineProperty({ ...(config[part] as object) }, name, {
    get() {
      throw new Error('a machine failed');
    },
  });
  return { ...config, [part]: broken };
}

/** What `failed` rejects with, if it does. */
async function failureOf(ports: HandPorts, config: AgentConfig): Promise<unknown> {
  await using agent = await createAgent(ports, config, build);
  let failure: unknown;
  agent.failed.catch((error: unknown) => {
    failure = error;
  });
  if (ports.link.attempts.length > 0) ports.link.latest.up();
  await clock.tickAsync(60_000);
  return failure;
}

describe('a bug of our own', () => {
  it('of a machine in the first turn rejects the start and leaves nothing running', async () => {
    const ports = handPorts();
    const started = createAgent(ports, failing('shadow', 'enabled'), build);
    await expect(started).rejects.toMatchObject({ code: 'machine-crashed', machine: 'shadow' });
    expect([clock.countTimers(), ports.hand.listeners.size]).toEqual([0, 0]);
  });

  it('of a machine in a later turn rejects failed, with its name', async () => {
    const failure = await failureOf(handPorts(), failing('shadow', 'robot'));
    expect(failure).toMatchObject({ code: 'machine-crashed', machine: 'shadow' });
  });

  it('of a part that breaks its promise rejects failed', async () => {
    const ports = handPorts();
    ports.link.run = () => Promise.reject(new Error('broken'));
    expect(await failureOf(ports, testConfig())).toMatchObject({ message: 'broken' });
  });

  it('stops that agent, and what comes after it is ignored', async () => {
    const ports = handPorts();
    const agent = await createAgent(ports, failing('shadow', 'robot'), build);
    agent.failed.catch(() => {});
    ports.link.latest.up();
    await clock.tickAsync(60_000);
    agent.deliver({ type: 'body/changed' });
    expect([clock.countTimers(), ports.hand.listeners.size]).toEqual([0, 0]);
  });

  it('of one agent leaves its neighbours in the same process alone', async () => {
    const neighbours = await Promise.all(
      Array.from({ length: 20 }, () => createAgent(handPorts(), testConfig(), build)),
    );
    const failure = await failureOf(handPorts(), failing('shadow', 'robot'));
    expect(failure).toBeDefined();
    for (const agent of neighbours) {
      expect(agent.status()).toMatchObject({ link: { state: 'connecting' } });
      await agent[Symbol.asyncDispose]();
    }
  });
});
