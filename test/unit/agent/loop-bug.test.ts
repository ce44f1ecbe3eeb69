import { useFakeTimers } from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Agent, createAgent } from '../../../agent/agent.ts';
import type { AgentConfig } from '../../../agent/config.ts';
import type { Clock } from '../../../base/clock.ts';
import { testConfig } from '../../support/agent-config.ts';
import { type MemoryPorts, memoryPorts } from '../../support/agent-ports.ts';

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

/** A clock whose timers are counted and never go off. */
function quietClock() {
  const open = new Set<object>();
  const clock: Clock = {
    wallMs: () => Date.UTC(2026, 5, 1),
    monoMs: () => 1000,
    after() {
      const timer = {};
      open.add(timer);
      return () => open.delete(timer);
    },
  };
  return { clock, count: () => open.size };
}

/** What `failed` rejects with, if it does. */
async function failureOf(ports: MemoryPorts, config: AgentConfig): Promise<unknown> {
  await using agent = await createAgent(ports, config, build);
  let failure: unknown;
  agent.failed.catch((error: unknown) => {
    failure = error;
  });
  if (ports.link.attempts.length > 0) ports.link.latest.up();
  await clock.tickAsync(60_000);
  return failure;
}

describe('a bug of the agent', () => {
  it('rejects the start, and leaves nothing running, when a machine throws in the first turn', async () => {
    const ports = memoryPorts();
    const started = createAgent(ports, failing('shadow', 'enabled'), build);
    await expect(started).rejects.toMatchObject({ code: 'machine-crashed', machine: 'shadow' });
    expect([clock.countTimers(), ports.control.listeners.size]).toEqual([0, 0]);
  });

  it("rejects `failed`, with the machine's name, when a machine throws later", async () => {
    const failure = await failureOf(memoryPorts(), failing('shadow', 'robot'));
    expect(failure).toMatchObject({ code: 'machine-crashed', machine: 'shadow' });
  });

  it('rejects `failed` when a port throws', async () => {
    const ports = memoryPorts();
    ports.link.run = () => Promise.reject(new Error('broken'));
    expect(await failureOf(ports, testConfig())).toMatchObject({ message: 'broken' });
  });

  it('stops that agent, and later events are ignored', async () => {
    const ports = memoryPorts();
    const agent = await createAgent(ports, failing('shadow', 'robot'), build);
    agent.failed.catch(() => {});
    ports.link.latest.up();
    await clock.tickAsync(60_000);
    agent.deliver({ type: 'body/changed' });
    expect([clock.countTimers(), ports.control.listeners.size]).toEqual([0, 0]);
  });

  it('leaves other agents alone', async () => {
    const timers = quietClock();
    const outsides = Array.from({ length: 1000 }, () => memoryPorts({ clock: timers.clock }));
    const agents = await Promise.all(
      outsides.map((ports, n) =>
        createAgent(ports, n === 500 ? failing('shadow', 'robot') : testConfig(), build),
      ),
    );
    const failures: [number, unknown][] = [];
    for (const [n, agent] of agents.entries()) {
      agent.failed.catch((error: unknown) => failures.push([n, error]));
    }
    for (const { link } of outsides) link.latest.up();
    await clock.tickAsync(0);
    expect(failures).toMatchObject([[500, { code: 'machine-crashed', machine: 'shadow' }]]);
    for (const { control } of outsides) control.change();
    await clock.tickAsync(0);
    const going = agents.filter((_agent, n) => {
      const { link, control } = outsides[n] as MemoryPorts;
      return link.published.length > 0 && control.polls > 1 && control.listeners.size === 1;
    });
    expect(going).toHaveLength(999);
    const [dead, neighbour] = [agents[500], agents[501]] as [Agent, Agent];
    expect(await dead.request({ method: 'renew' }, 'local-socket')).toMatchObject({
      code: 'stopped',
    });
    expect(await neighbour.request({ method: 'renew' }, 'local-socket')).toMatchObject({
      result: { renewal: 'waiting' },
    });
    for (const agent of agents) await agent[Symbol.asyncDispose]();
    expect(timers.count()).toBe(0);
  });
});
