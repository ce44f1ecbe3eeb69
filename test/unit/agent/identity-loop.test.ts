import { describe, expect, it } from 'vitest';
import { type Agent, createAgent } from '../../../agent/agent.ts';
import type { Identity } from '../../../agent/ports.ts';
import { certificate, memoryIdentity } from '../../support/agent-certificates.ts';
import { testConfig } from '../../support/agent-config.ts';
import { type MemoryPorts, memoryPorts } from '../../support/agent-ports.ts';
import { createTopic, registerTopic } from '../../support/cloud-renewal.ts';
import { until } from '../../support/cloud-until.ts';

// The renewal machine in the loop: effects that overtake one another.

const fresh = certificate(2);

interface Slow extends Identity {
  /** The operations started on the disk, oldest first. */
  readonly started: readonly string[];
  /** Resumes the blocked operation. */
  release(): void;
}

/** Credentials on a disk that blocks at the operation `blocked` until `release`; one after another, as the real one. */
function slowIdentity(blocked: string): Slow {
  const memory = memoryIdentity();
  const started: string[] = [];
  const gate = Promise.withResolvers<void>();
  let isOpen = false;
  let last: Promise<unknown> = Promise.resolve();
  const slowly = <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const done = last.then(async () => {
      started.push(name);
      if (name === blocked && !isOpen) await gate.promise;
      return work();
    });
    last = done.catch(() => {});
    return done;
  };
  return {
    ...memory,
    started: started,
    release: () => {
      isOpen = true;
      gate.resolve();
    },
    request: (key, signal) => slowly('request', () => memory.request(key, signal)),
    stage: (chain, nowMs) => slowly('stage', () => memory.stage(chain, nowMs)),
    promote: () => slowly('promote', memory.promote),
    discard: () => slowly('discard', memory.discard),
    facts: memory.facts,
  };
}

interface Robot {
  readonly agent: Agent;
  readonly ports: Omit<MemoryPorts, 'identity'>;
  readonly identity: Slow;
  readonly phase: () => unknown;
}

async function start(blocked: string): Promise<Robot> {
  const identity = slowIdentity(blocked);
  const ports = { ...memoryPorts(), identity };
  const config = testConfig({ shadow: false, jobs: false, retryS: 0.01, retrySMax: 0.02 });
  const agent = await createAgent(ports, config, { version: '1', builtMs: 0 });
  const phase = () => (agent.status() as { identity: { state: string } }).identity.state;
  return { agent, ports, identity, phase };
}

/** Connects the newest attempt and sends the time. */
async function connect({ ports }: Robot, attempt: number): Promise<void> {
  const { link } = ports;
  await until(() => link.attempts.length === attempt);
  const timeRequests = () => link.published.filter(({ topic }) => topic.endsWith('/up/time'));
  const before = timeRequests().length;
  link.latest.up();
  await until(() => timeRequests().length > before);
  link.deliver('robots/R1/down/time', {
    ...(timeRequests().at(-1)?.body as object),
    cloudMs: Date.now(),
  });
}

const answers = ({ ports: { link } }: Robot) => ({
  created: () =>
    link.deliver(`${createTopic}/accepted`, {
      certificateOwnershipToken: 'token',
      certificateId: fresh.certificateId,
      certificatePem: JSON.stringify(fresh),
    }),
  registered: () => link.deliver(`${registerTopic}/accepted`, { thingName: 'R1' }),
});

const lost = { kind: 'lost', code: 'closed', detail: 'cut' } as const;

async function toTheEnd(robot: Robot, attempt: number): Promise<void> {
  await until(() => robot.phase() === 'creating');
  answers(robot).created();
  await until(() => robot.phase() === 'registering');
  answers(robot).registered();
  await connect(robot, attempt);
  await until(() => robot.phase() === 'settled');
  const { link } = robot.ports;
  expect(link.latest.credentials).toBe('next');
  expect(await robot.identity.facts()).toMatchObject({ current: fresh, next: null });
}

describe('a renewal whose connection ends', () => {
  it.each(['request', 'stage'])(
    "is abandoned during the disk's %s and started again in order",
    async (blocked) => {
      const robot = await start(blocked);
      await using _ = robot.agent;
      const { ports, identity } = robot;
      await connect(robot, 1);
      await robot.agent.request({ method: 'renew', params: { rotateKey: true } }, 'local-socket');
      if (blocked === 'stage') {
        await until(() => robot.phase() === 'creating');
        answers(robot).created();
      }
      await until(() => identity.started.at(-1) === blocked);
      ports.link.latest.end(lost);
      await until(() => robot.phase() === 'settled');
      await connect(robot, 2);
      await until(() => robot.phase() === 'requesting');
      // The earlier operation still blocks the disk: its outcome is stale, and the later ones wait for it.
      const before = [...identity.started];
      identity.release();
      await until(() => identity.started.length >= before.length + 2);
      expect(identity.started.slice(before.length, before.length + 2)).toEqual([
        'discard',
        'request',
      ]);
      await toTheEnd(robot, 3);
      expect(ports.journal.counts()['stale-outcome']).toBe(1);
    },
  );
});
