import { useFakeTimers } from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgent } from '../../../agent/agent.ts';
import { systemClock } from '../../../base/clock.ts';
import { ended, mission, snapshot } from '../../support/agent-body.ts';
import { certificate } from '../../support/agent-certificates.ts';
import { testConfig } from '../../support/agent-config.ts';
import { memoryLink } from '../../support/agent-link.ts';
import { type MemoryPorts, memoryPorts } from '../../support/agent-ports.ts';
import { execution, manifest } from '../../support/agent-updates.ts';

const build = { version: '1.2.3', builtMs: 0 };
const config = testConfig();
const shadowGet = '$aws/things/R1/shadow/get';
const lost = { kind: 'lost', code: 'closed', detail: 'cut' } as const;

/** Sinon's clock stands in for Node's, so that the agent's own clock adapter is under test, too. */
let clock: ReturnType<typeof useFakeTimers>;
beforeEach(() => {
  clock = useFakeTimers({
    now: Date.UTC(2026, 5, 1),
    toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'],
  });
});
afterEach(() => clock.restore());

const topics = ({ link }: MemoryPorts) => link.published.map(({ topic }) => topic);
const view = (agent: { status(): unknown }) =>
  agent.status() as Record<string, Record<string, unknown>>;

describe('the start of an agent', () => {
  it('counts the boot, reads the evidence, connects and polls the body', async () => {
    const ports = memoryPorts();
    await using agent = await createAgent(ports, config, build);
    await clock.tickAsync(0);
    expect(view(agent)).toMatchObject({ robot: 'R1', version: '1.2.3', boot: 1 });
    expect([ports.link.attempts.length, ports.control.polls]).toEqual([1, 1]);
    expect(view(agent)['link']).toMatchObject({ state: 'connecting' });
  });

  it('counts a higher boot each time', async () => {
    const ports = memoryPorts();
    for (const boot of [1, 2, 3]) {
      await using agent = await createAgent(
        { ...memoryPorts({ disk: ports.disk }) },
        config,
        build,
      );
      expect(agent.status()).toMatchObject({ boot });
    }
  });

  it('polls the body only after the evidence was read', async () => {
    const ports = memoryPorts();
    const { state } = ports.board.boot;
    let listenersAtStart = 0;
    ports.board.boot.state = (signal) => {
      listenersAtStart = ports.control.listeners.size;
      return state(signal);
    };
    await using _agent = await createAgent(ports, config, build);
    expect([listenersAtStart, ports.control.listeners.size]).toEqual([0, 1]);
  });

  it('succeeds when the board does not answer', async () => {
    const ports = memoryPorts();
    ports.board.boot.state = () => Promise.reject(new Error('silent'));
    ports.board.system.info = () => Promise.reject(new Error('silent'));
    await using _agent = await createAgent(ports, config, build);
    expect(ports.link.attempts).toHaveLength(1);
    await clock.tickAsync(7500 * 4);
    expect(ports.control.kicks).toBe(5);
  });

  it('starts kicking the watchdog four times per timeout', async () => {
    const ports = memoryPorts();
    await using _agent = await createAgent(ports, config, build);
    await clock.tickAsync(40_000);
    expect(ports.control.kicks).toBe(5);
  });
});

describe('the connection', () => {
  it('is opened, ends and is opened again', async () => {
    const ports = memoryPorts();
    await using agent = await createAgent(ports, config, build);
    ports.link.latest.up();
    expect(topics(ports)).toContain(shadowGet);
    ports.link.latest.end(lost);
    await clock.tickAsync(0);
    expect(view(agent)['link']).toMatchObject({ state: 'waiting', last: lost });
    await clock.tickAsync(4000);
    expect(ports.link.attempts).toHaveLength(2);
    expect(view(agent)['link']).toMatchObject({ state: 'connecting' });
  });

  it('replaces an older attempt, whose events are stale', async () => {
    const ports = memoryPorts();
    await using agent = await createAgent(ports, config, build);
    const [older] = ports.link.attempts;
    await clock.tickAsync(1000);
    agent.deliver({ type: 'identity/use', credentials: 'next' });
    expect(older?.signal.aborted).toBe(true);
    older?.up();
    await clock.tickAsync(0);
    expect(view(agent)['link']).toMatchObject({ state: 'connecting', connects: 0 });
    expect(ports.journal.counts()).toMatchObject({ 'stale-outcome': 1 });
    ports.link.latest.up();
    expect(view(agent)['link']).toMatchObject({ state: 'up' });
  });

  it('is reported with what was observed, the present evidence and the diagnosis', async () => {
    const ports = memoryPorts();
    await using agent = await createAgent(ports, config, build);
    ports.link.latest.up();
    ports.link.latest.end({ kind: 'closed-early', code: 'closed', detail: 'closed' });
    await clock.tickAsync(0);
    expect(await agent.report()).toMatchObject({
      robot: 'R1',
      link: { state: 'waiting' },
      connection: { observation: { code: 'closed' }, diagnosis: 'certificate-blocked' },
      evidence: { hasConnected: true, certificate: certificate(1).certificateId },
    });
    // Provisioned again while the agent runs.
    ports.identity.stored = { current: certificate(2), next: null };
    expect(await agent.report()).toMatchObject({
      connection: { diagnosis: 'not-yet-registered' },
      evidence: { hasConnected: false, certificate: certificate(2).certificateId },
    });
  });

  it('rejects malformed and foreign messages', async () => {
    const ports = memoryPorts();
    await using agent = await createAgent(ports, config, build);
    ports.link.latest.up();
    ports.link.latest.message('robots/R1/down/commands', new Uint8Array([0xff, 0xfe]));
    ports.link.deliver('robots/R1/down/commands', { v: 1 });
    ports.link.deliver('robots/R2/down/commands', { v: 1 });
    ports.link.deliver('some/where', {});
    expect(agent.status()).toMatchObject({
      counts: {
        'refused/not-json': 1,
        'refused/wrong-schema': 1,
        'refused/foreign-robot': 1,
        'refused/wrong-topic': 1,
      },
    });
  });

  it('drops a flood within one turn at the bound of the queue, and counts it', async () => {
    const body = new TextEncoder().encode(JSON.stringify({ timestamp: 1_800_000_000 }));
    const link = memoryLink((handlers) => {
      handlers.up();
      for (let i = 0; i < 3000; i++) handlers.message('$aws/things/R1/jobs/notify-next', body);
    });
    const ports = { ...memoryPorts(), link };
    await using agent = await createAgent(ports, config, build);
    expect(ports.journal.counts()).toMatchObject({ 'inbox-full': 1 + 3000 - 1024 });
    expect(view(agent)['cloud-time']).toEqual({ known: true });
  });
});

describe('a timer', () => {
  it('is dropped and counted when it fires after its cancellation', async () => {
    const stubborn = {
      ...systemClock,
      after(ms: number, action: () => void) {
        systemClock.after(ms, action);
        return () => {};
      },
    };
    const ports = memoryPorts({ clock: stubborn });
    await using _agent = await createAgent(ports, config, build);
    ports.link.latest.up();
    ports.control.snapshot = snapshot({ mission: mission('a') });
    ports.control.change();
    await clock.tickAsync(30_000);
    ports.control.change();
    await clock.tickAsync(31_000);
    expect(ports.journal.counts()['stale-timer']).toBeGreaterThan(0);
  });
});

describe('a cancelled effect', () => {
  it('stops, and its outcome is stale', async () => {
    const ports = memoryPorts();
    await using agent = await createAgent(ports, config, build);
    ports.link.latest.up();
    const job = execution('j1');
    const document = job.jobDocument as { manifest: object };
    const payload = Buffer.from(JSON.stringify(manifest)).toString('base64');
    const jobDocument = { ...document, manifest: { ...document.manifest, payload } };
    ports.link.deliver('$aws/things/R1/jobs/$next/get/accepted', {
      timestamp: 1_800_000_000,
      execution: { ...job, jobDocument },
    });
    await clock.tickAsync(0);
    expect(view(agent)['updates']).toMatchObject({ job: { phase: 'downloading' } });
    ports.link.deliver('$aws/things/R1/jobs/j1/update/rejected', {
      code: 'ResourceNotFound',
      clientToken: 'downloading-j1',
    });
    await clock.tickAsync(0);
    expect(ports.control.installs.map(({ signal }) => signal.aborted)).toEqual([true]);
    expect(ports.journal.counts()).toMatchObject({ 'stale-outcome': 1 });
    expect(view(agent)['updates']).toMatchObject({ job: null });
  });
});

describe('a disposed agent', () => {
  it('ends its effects and timers, and receives nothing any more', async () => {
    const ports = memoryPorts();
    const agent = await createAgent(ports, config, build);
    ports.link.latest.up();
    await clock.tickAsync(0);
    await agent[Symbol.asyncDispose]();
    expect(ports.link.latest.signal.aborted).toBe(true);
    expect([clock.countTimers(), ports.control.listeners.size]).toEqual([0, 0]);
    const before = ports.link.published.length;
    ports.control.snapshot = snapshot({ ended: [ended('a')] });
    ports.link.latest.up();
    agent.deliver({ type: 'body/changed' });
    await clock.tickAsync(600_000);
    expect(ports.link.published).toHaveLength(before);
  });
});
