import { stub, useFakeTimers } from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgent } from '../../../agent/agent.ts';
import type { Mode } from '../../../agent/supervise/mode.ts';
import { resting } from '../../../agent/supervise/safe-mode.ts';
import { clockMachine } from '../../../agent/time/clock-floor.ts';
import { ended, mission, snapshot } from '../../support/agent-body.ts';
import { testConfig } from '../../support/agent-config.ts';
import { type MemoryPorts, memoryPorts } from '../../support/agent-ports.ts';
import { execution, manifest, onOld } from '../../support/agent-updates.ts';

const build = { version: '1.2.3', builtMs: 0 };
const whole = { isSafe: false, suspect: null, quarantine: null };
const safe: Mode = { ...whole, isSafe: true, suspect: 'missions' };

let clock: ReturnType<typeof useFakeTimers>;
beforeEach(() => {
  clock = useFakeTimers({
    now: Date.UTC(2026, 5, 1),
    toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'],
  });
});
afterEach(() => clock.restore());

const topics = ({ link }: MemoryPorts) => link.published.map(({ topic }) => topic);
const wrapped = (data: object) => ({ v: 1, minReader: 1, data });

/** An agent in safe mode that is connected. */
async function connected(ports: MemoryPorts, mode = safe, config = testConfig()) {
  const agent = await createAgent(ports, config, build, { mode });
  ports.link.latest.up();
  await clock.tickAsync(0);
  return agent;
}

function offerUpdate({ link }: MemoryPorts): void {
  const job = execution('j1');
  const document = job.jobDocument as { manifest: object };
  const payload = Buffer.from(JSON.stringify(manifest)).toString('base64');
  const jobDocument = { ...document, manifest: { ...document.manifest, payload } };
  const timestamp = 1_800_000_000;
  const body = { timestamp, execution: { ...job, jobDocument } };
  link.deliver('$aws/things/R1/jobs/$next/get/accepted', body);
}

describe('an agent in safe mode', () => {
  it('has what a repair over the air needs, and nothing else', async () => {
    const ports = memoryPorts();
    await using agent = await connected(ports);
    const seen = agent.status() as object;
    const needed = ['link', 'cloud-time', 'identity', 'clock', 'history', 'body', 'updates'];
    expect(Object.keys(seen)).toEqual(expect.arrayContaining(needed));
    for (const name of resting) expect(seen).not.toHaveProperty(name);
    expect(seen).toMatchObject({ link: { state: 'up' } });
    expect(await agent.report()).toMatchObject({ connection: { state: 'up' } });
    expect(topics(ports)).toEqual(['$aws/things/R1/jobs/$next/get']);
  });

  it("ignores the body, its missions and the cloud's commands", async () => {
    const ports = memoryPorts();
    let calls = 0;
    ports.board.body.command = async ({ tag, verb }) => {
      calls++;
      return { tag, verb, result: 'done' };
    };
    await using _agent = await connected(ports);
    ports.control.snapshot = snapshot({ ended: [ended('a')] });
    ports.control.change();
    const expiresMs = Date.now() + 3_600_000;
    const command = {
      v: 1,
      id: 'c1',
      command: 'start',
      issuedMs: 0,
      expiresMs,
      initiator: 'cloud',
    };
    ports.link.deliver('robots/R1/down/commands', command);
    await clock.tickAsync(3_600_000);
    expect(calls).toBe(0);
    expect(topics(ports).filter((topic) => topic.startsWith('robots/'))).toEqual([]);
  });

  it('installs an update, and delays the switch until the robot is docked', async () => {
    const ports = memoryPorts();
    const armed: string[] = [];
    ports.board.installer.install = async () => {};
    ports.board.boot.arm = async (slot) => void armed.push(slot);
    ports.control.boot = onOld();
    ports.control.snapshot = snapshot({ mission: mission('a') });
    await using agent = await connected(ports);
    offerUpdate(ports);
    await clock.tickAsync(0);
    expect(agent.status()).toMatchObject({ updates: { job: { phase: 'waiting' } } });
    expect(armed).toEqual([]);
    ports.control.snapshot = snapshot();
    ports.control.change();
    await clock.tickAsync(0);
    expect(agent.status()).toMatchObject({ updates: { job: { phase: 'rebooting' } } });
    expect(armed).toEqual(['b']);
    const reports = ports.link.published.filter(({ topic }) => topic.endsWith('jobs/j1/update'));
    expect(reports.map(({ body }) => body)).toContainEqual(
      expect.objectContaining({
        statusDetails: { step: 'arming', version: '2.0.0', safeMode: 'missions' },
      }),
    );
  });

  it('requests the time itself when no jobs provide it', async () => {
    const ports = memoryPorts();
    await using _agent = await connected(ports, safe, testConfig({ jobs: false }));
    expect(topics(ports)).toEqual(['robots/R1/up/time']);
  });

  it('leaves everything stored as it is when there is no suspect', async () => {
    const ports = memoryPorts();
    ports.control.snapshot = snapshot({ ended: [ended('a')] });
    let before: unknown;
    {
      await using agent = await connected(ports, whole);
      before = (agent.status() as { missions: unknown }).missions;
    }
    const again = () => memoryPorts({ disk: ports.disk });
    {
      await using _agent = await connected(again());
    }
    await using agent = await connected(again(), whole);
    expect(agent.status()).toMatchObject({ missions: before });
    expect(before).toMatchObject({ unconfirmed: 1 });
    expect(agent.status()).not.toHaveProperty('quarantine');
  });
});

describe('a machine that crashed and that safe mode needs', () => {
  it('starts without state, and its stored values are in quarantine', async () => {
    const ports = memoryPorts();
    const poison = { machine: 'clock', key: '', value: wrapped({ provenMs: 1, isOurs: true }) };
    ports.store.commit([poison]);
    const bug = stub(clockMachine, 'step').throws(new TypeError('no such field'));
    const start = (mode: Mode) => createAgent(ports, testConfig(), build, { mode });
    await expect(start(safe)).rejects.toMatchObject({
      code: 'machine-crashed',
      machine: 'clock',
      event: 'agent/started',
    });
    bug.restore();
    await using agent = await createAgent(ports, testConfig(), build, {
      mode: { ...safe, quarantine: 'clock' },
    });
    expect(agent.status()).toMatchObject({ quarantine: ['clock'] });
    const stored = ports.store.load().filter(({ machine }) => machine === 'quarantine/clock');
    expect(stored).toEqual([{ ...poison, machine: 'quarantine/clock' }]);
  });
});
