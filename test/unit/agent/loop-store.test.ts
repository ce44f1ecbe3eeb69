import { spy, useFakeTimers } from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgent } from '../../../agent/agent.ts';
import { orderKeyOf } from '../../../protocol/missions.ts';
import type { ReportList } from '../../../protocol/schemas/missions.ts';
import { ended, mission, snapshot } from '../../support/agent-body.ts';
import { certificate } from '../../support/agent-certificates.ts';
import { testConfig } from '../../support/agent-config.ts';
import { type MemoryPorts, memoryPorts } from '../../support/agent-ports.ts';
import { manifest, onOld, storedJob } from '../../support/agent-updates.ts';

const build = { version: '1.2.3', builtMs: 0 };
const config = testConfig();

let clock: ReturnType<typeof useFakeTimers>;
beforeEach(() => {
  clock = useFakeTimers({
    now: Date.UTC(2026, 5, 1),
    toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'],
  });
});
afterEach(() => clock.restore());

const reports = ({ link }: MemoryPorts) =>
  link.published.filter(({ topic }) => topic.endsWith('missions/report'));

async function connected(ports: MemoryPorts) {
  const agent = await createAgent(ports, config, build);
  ports.link.latest.up();
  // Which certificate has connected is written a second later.
  await clock.tickAsync(1000);
  return agent;
}

describe('a durable change', () => {
  it('is committed before its effects are visible outside', async () => {
    const ports = memoryPorts();
    await using _agent = await connected(ports);
    const commit = spy(ports.store, 'commit');
    const publish = spy(ports.link, 'publish');
    ports.control.snapshot = snapshot({ ended: [ended('a')] });
    ports.control.change();
    await clock.tickAsync(0);
    expect(commit.calledOnce).toBe(true);
    expect(publish.calledOnce).toBe(true);
    expect(commit.calledBefore(publish)).toBe(true);
  });

  it('is deferred to the next commit or the end when its loss costs only a repetition', async () => {
    const ports = memoryPorts();
    const agent = await connected(ports);
    ports.control.snapshot = snapshot({ ended: [ended('a')] });
    ports.control.change();
    await clock.tickAsync(0);
    const { commits } = ports.disk;
    const report = reports(ports)[0]?.body as ReportList;
    const body = JSON.stringify({ v: 1, accepted: report.reports.map(orderKeyOf) });
    ports.link.latest.message('robots/R1/down/missions/report/accepted', Buffer.from(body));
    expect(agent.status()).toMatchObject({ missions: { unconfirmed: 0, confirmed: 1 } });
    expect(ports.disk.commits).toBe(commits);
    await agent[Symbol.asyncDispose]();
    expect(ports.disk.commits).toBe(commits + 1);
    await using again = await createAgent(ports, config, build);
    expect(again.status()).toMatchObject({ missions: { unconfirmed: 0, confirmed: 1 } });
  });

  it('is not written while nothing durable changes', async () => {
    const ports = memoryPorts();
    ports.control.snapshot = snapshot({ mission: mission('a') });
    await using _agent = await connected(ports);
    const { commits } = ports.disk;
    await clock.tickAsync(3_600_000);
    expect(reports(ports).length).toBeGreaterThan(50);
    expect(ports.disk.commits).toBe(commits);
  });
});

describe('an update that waits while the store is full', () => {
  /** Docked with an update waiting, while the store rejects writes. */
  async function waiting(ports: MemoryPorts) {
    const { row } = storedJob('waiting');
    ports.store.commit([{ machine: 'updates', key: '', value: { v: 1, minReader: 1, data: row } }]);
    const slot = { name: 'b', state: 'complete', sha256: manifest.sha256 } as const;
    const old = onOld();
    ports.control.boot = { ...old, slots: [...old.slots.filter(({ name }) => name !== 'b'), slot] };
    ports.control.snapshot = snapshot({ mission: mission('a') });
    const agent = await connected(ports);
    ports.control.storeFails = 'store-full';
    ports.control.snapshot = snapshot({ ended: [ended('a')] });
    ports.control.change();
    await clock.tickAsync(0);
    ports.control.storeFails = undefined;
    return agent;
  }

  it('does not arm or reboot during a mission that has started since', async () => {
    const ports = memoryPorts();
    const arm = spy(ports.board.boot, 'arm');
    const reboot = spy(ports.board.system, 'reboot');
    await using _agent = await waiting(ports);
    ports.control.snapshot = snapshot({ ended: [ended('a')], mission: mission('b') });
    ports.control.change();
    await clock.tickAsync(60_000);
    expect([arm.callCount, reboot.callCount]).toEqual([0, 0]);
  });

  it('arms from a fresh snapshot when the store has room again', async () => {
    const ports = memoryPorts();
    const arm = spy(ports.board.boot, 'arm');
    await using _agent = await waiting(ports);
    await clock.tickAsync(60_000);
    expect(arm.callCount).toBe(1);
  });
});

describe('a failing store', () => {
  it("delays the body's events until it works again, so that nothing is lost or reported early", async () => {
    const ports = memoryPorts();
    await using agent = await connected(ports);
    ports.control.storeFails = 'store-full';
    ports.control.snapshot = snapshot({ ended: [ended('a')] });
    ports.control.change();
    await clock.tickAsync(60_000);
    expect(reports(ports)).toEqual([]);
    expect(agent.status()).toMatchObject({
      missions: { unconfirmed: 0 },
      counts: { 'turn-not-stored/store-full': 13 },
    });
    ports.control.storeFails = undefined;
    await clock.tickAsync(5000);
    expect(reports(ports)).toHaveLength(1);
    expect(agent.status()).toMatchObject({ missions: { unconfirmed: 1 } });
  });

  it('does not prevent later polls', async () => {
    const ports = memoryPorts();
    await using agent = await connected(ports);
    ports.control.storeFails = 'store-failed';
    ports.control.snapshot = snapshot({ ended: [ended('a')] });
    ports.control.change();
    await clock.tickAsync(1000);
    ports.control.storeFails = undefined;
    await clock.tickAsync(5000);
    ports.control.snapshot = snapshot({ ended: [ended('a'), ended('b')] });
    ports.control.change();
    await clock.tickAsync(0);
    expect(agent.status()).toMatchObject({ missions: { unconfirmed: 2 } });
  });

  it('does not prevent the first connection', async () => {
    const ports = memoryPorts();
    await using agent = await createAgent(ports, config, build);
    ports.control.storeFails = 'store-full';
    ports.link.latest.up();
    expect(agent.status()).toMatchObject({ link: { state: 'up' } });
    expect(ports.link.published).not.toEqual([]);
    await clock.tickAsync(2000);
    ports.control.storeFails = undefined;
    await clock.tickAsync(6000);
    const rows = ports.store.load().filter(({ machine }) => machine === 'history');
    expect(rows).toHaveLength(1);
  });

  it('drops the start of a connection that has ended', async () => {
    const ports = memoryPorts();
    // The intent to promote new credentials is stored when they have connected.
    ports.identity.stored = { ...ports.identity.stored, next: certificate(2) };
    await using agent = await createAgent(ports, config, build);
    expect(ports.link.latest.credentials).toBe('next');
    ports.control.storeFails = 'store-full';
    ports.link.latest.up();
    expect(ports.journal.counts()).toMatchObject({ 'turn-not-stored/store-full': 1 });
    ports.link.latest.end({ kind: 'lost', code: 'keep-alive', detail: '' });
    await clock.tickAsync(0);
    ports.control.storeFails = undefined;
    await clock.tickAsync(6000);
    expect(agent.status()).toMatchObject({ link: { connects: 0 } });
    // A machine that received link/up would have sent a request.
    expect(ports.journal.counts()).not.toHaveProperty('publish-not-taken');
  });

  it('drops messages of the cloud, which sends them again', async () => {
    const ports = memoryPorts();
    await using agent = await connected(ports);
    const now = Math.round(Date.now() / 1000);
    ports.link.deliver('$aws/things/R1/jobs/notify-next', { timestamp: now });
    const command = {
      v: 1,
      id: 'c1',
      command: 'start',
      issuedMs: now * 1000,
      expiresMs: (now + 3600) * 1000,
      initiator: 'cloud',
    };
    const run = spy(ports.board.body, 'command');
    ports.control.storeFails = 'store-full';
    ports.link.deliver('robots/R1/down/commands', command);
    ports.control.storeFails = undefined;
    await clock.tickAsync(60_000);
    expect(run.callCount).toBe(0);
    ports.link.deliver('robots/R1/down/commands', command);
    await clock.tickAsync(0);
    expect(run.callCount).toBe(1);
    expect(agent.status()).toMatchObject({ commands: { finished: 1 } });
  });

  it('does not prevent a new connection', async () => {
    const ports = memoryPorts();
    await using _agent = await connected(ports);
    ports.control.storeFails = 'store-full';
    ports.link.latest.end({ kind: 'lost', code: 'closed', detail: 'cut' });
    await clock.tickAsync(10_000);
    expect(ports.link.attempts).toHaveLength(2);
  });

  it('is fatal in the first turn, and leaves nothing running', async () => {
    const ports = memoryPorts();
    const { row } = storedJob('checking');
    ports.store.commit([{ machine: 'updates', key: '', value: { v: 1, minReader: 1, data: row } }]);
    ports.control.boot = onOld();
    ports.board.system.info = async () => {
      ports.control.storeFails = 'store-full';
      return { bootId: 'b', hardwareId: 'h', watchdogS: 40 };
    };
    await expect(createAgent(ports, config, build)).rejects.toMatchObject({ code: 'store-full' });
    expect([clock.countTimers(), ports.control.listeners.size]).toEqual([0, 0]);
    expect(ports.link.attempts).toEqual([]);
  });

  it('is fatal from the beginning', async () => {
    const ports = memoryPorts();
    ports.control.storeFails = 'store-full';
    await expect(createAgent(ports, config, build)).rejects.toMatchObject({ code: 'store-full' });
    expect(clock.countTimers()).toBe(0);
  });

  it('leaves no timer behind when the agent ends because of it', async () => {
    const ports = memoryPorts();
    const agent = await connected(ports);
    ports.store.commit = () => {
      void agent[Symbol.asyncDispose]();
      throw new Error('the power went');
    };
    ports.control.snapshot = snapshot({ ended: [ended('a')] });
    ports.control.change();
    await clock.tickAsync(0);
    expect(clock.countTimers()).toBe(0);
  });

  it('delays a bounded number of events', async () => {
    const ports = memoryPorts();
    await using agent = await connected(ports);
    ports.control.storeFails = 'store-full';
    const { control } = ports;
    for (let i = 0; i < 100; i++) {
      const latest = snapshot({ ended: [ended(`m${i}`)] });
      agent.deliver({ type: 'body/snapshot', snapshot: latest, events: [] });
    }
    expect(agent.status()).toMatchObject({ counts: { 'retry-queue-full': 36 } });
    control.storeFails = undefined;
    await clock.tickAsync(5000);
    expect(agent.status()).toMatchObject({ missions: { unconfirmed: 64 } });
  });
});
