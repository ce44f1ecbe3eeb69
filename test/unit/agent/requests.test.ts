import { useFakeTimers } from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgent } from '../../../agent/agent.ts';
import type { RequestEvent } from '../../../agent/events.ts';
import { createTime } from '../../../agent/io/clock.ts';
import { createCommits } from '../../../agent/kernel/commits.ts';
import type { LoopEffect } from '../../../agent/kernel/effects.ts';
import { createLoop } from '../../../agent/kernel/loop.ts';
import { type Machine, type MachineState, noItems } from '../../../agent/kernel/machine.ts';
import {
  createRequests,
  openRequestsMax,
  replyMsMax,
  type Services,
} from '../../../agent/kernel/requests.ts';
import { unstoredRules } from '../../../agent/unstored.ts';
import { systemClock } from '../../../base/clock.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { type Method, methods, type Reply, requestCodes } from '../../../protocol/requests.ts';
import { testConfig } from '../../support/agent-config.ts';
import { memoryJournal } from '../../support/agent-journal.ts';
import { moment } from '../../support/agent-machine.ts';
import { memoryPorts } from '../../support/agent-ports.ts';

let clock: ReturnType<typeof useFakeTimers>;
beforeEach(() => {
  clock = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'] });
});
afterEach(() => clock.restore());

/** `renew` goes to a machine, `status` is a query that returns `seen`, and `missions` one that fails with `failure`. */
function create(failure: unknown = new Error('secret')) {
  const delivered: RequestEvent[] = [];
  const journal = memoryJournal();
  const services: Services<{ seen: number }> = {
    status: { answer: (_params, { seen }) => ({ seen }) },
    missions: { answer: () => Promise.reject(failure) },
    renew: { machine: 'identity' },
    'exit-safe-mode': { machine: 'shadow' },
  };
  const requests = createRequests({
    ...{ services, machines: ['identity'], context: { seen: 7 }, journal },
    time: createTime(systemClock),
    deliver: (event) => void delivered.push(event as RequestEvent),
  });
  const request = (method: string, params?: unknown) =>
    requests.request({ method, params }, 'local-socket');
  return { requests, request, delivered, journal };
}

const codeOf = (reply: Reply) => (reply.ok ? 'ok' : reply.code);

describe('a request', () => {
  it('becomes an event for its machine, and stays open until the machine replies', async () => {
    const { requests, request, delivered } = create();
    const replies: Reply[] = [];
    const pending = request('renew', { rotateKey: true }).then((reply) => replies.push(reply));
    const { id = '' } = delivered[0] ?? {};
    expect(delivered).toEqual([
      { type: 'request/renew', id, origin: 'local-socket', params: { rotateKey: true } },
    ]);
    await clock.tickAsync(replyMsMax - 1);
    expect(replies).toEqual([]);
    requests.reply(id, { ok: true, result: 'started' });
    await pending;
    expect([replies, clock.countTimers()]).toEqual([[{ ok: true, result: 'started' }], 0]);
  });

  it('is answered from the present state when it is a query', async () => {
    const { request, delivered } = create();
    expect(await request('status')).toEqual({ ok: true, result: { seen: 7 } });
    expect(delivered).toEqual([]);
  });

  it('ends after its deadline without a reply, and a late reply is counted', async () => {
    const { requests, request, delivered, journal } = create();
    const pending = request('renew');
    await clock.tickAsync(replyMsMax);
    expect(codeOf(await pending)).toBe('no-reply');
    requests.reply(delivered[0]?.id ?? '', { ok: true, result: 1 });
    expect(journal.counts()).toEqual({ 'stale-reply': 1 });
  });

  it('is rejected above the bound until another one ends', async () => {
    const { requests, request, delivered } = create();
    const open16 = Array.from({ length: openRequestsMax }, () => request('renew'));
    expect(codeOf(await request('status'))).toBe('too-many-requests');
    requests.reply(delivered[0]?.id ?? '', { ok: true, result: 1 });
    expect(codeOf(await request('status'))).toBe('ok');
    requests.stop();
    const codes = (await Promise.all(open16)).map(codeOf);
    expect(codes).toEqual(['ok', ...Array.from({ length: 15 }, () => 'stopped')]);
    expect([codeOf(await request('status')), clock.countTimers()]).toEqual(['stopped', 0]);
  });

  it('is rejected at once when its machine does not run', async () => {
    expect(codeOf(await create().request('exit-safe-mode'))).toBe('resting');
  });

  it.each([
    [
      'with the code, message and hint of an error of ours',
      new PilotfishError('starting', 'wait', { hint: 'a bit' }),
    ],
    ['with the code alone otherwise', Object.assign(new Error('secret'), { code: 'EIO' })],
  ])('is rejected after a failure %s', async (_name, failure) => {
    const reply = await create(failure).request('missions');
    expect(reply).toEqual(
      failure instanceof PilotfishError
        ? { ok: false, code: 'starting', message: 'wait', hint: 'a bit' }
        : { ok: false, code: 'EIO' },
    );
  });

  it.each<readonly [string, unknown, string, string]>([
    ['dance', {}, 'no-such-method', 'the agent has no method "dance"'],
    ['toString', {}, 'no-such-method', 'the agent has no method "toString"'],
    ['status', { all: true }, 'bad-params', 'status: the message has no field "all"'],
    ['missions', { all: 1 }, 'bad-params', 'missions: /all must be boolean'],
    ['renew', { rotate: true }, 'bad-params', 'renew: the message has no field "rotate"'],
    ['renew', { rotateKey: 'yes' }, 'bad-params', 'renew: /rotateKey must be boolean'],
    ['renew', [], 'bad-params', 'renew: the message must be object'],
    ['renew', null, 'bad-params', 'renew: the message must be object'],
  ])('is rejected, for %s with %j, as %s', async (method, params, code, message) => {
    const { request, delivered, journal } = create();
    expect(await request(method, params)).toEqual({ ok: false, code, message });
    expect([delivered, journal.counts()]).toEqual([[], { [`request-refused/${code}`]: 1 }]);
  });
});

describe('an agent', () => {
  it('replies to every method of the protocol', async () => {
    await using agent = await createAgent(memoryPorts(), testConfig(), {
      version: '1',
      builtMs: 0,
    });
    for (const method of Object.keys(methods) as Method[]) {
      const reply = await agent.request({ method }, 'local-socket');
      if (!reply.ok) expect(requestCodes).toHaveProperty(reply.code);
    }
    expect(await agent.request({ method: 'status' }, 'local-socket')).toMatchObject({
      ok: true,
      result: { robot: 'R1', link: { state: 'connecting' } },
    });
  });

  it('answers open requests when it stops, and rejects later ones', async () => {
    const ports = memoryPorts();
    const facts = Promise.withResolvers<never>();
    const agent = await createAgent(ports, testConfig(), { version: '1', builtMs: 0 });
    ports.identity.facts = () => facts.promise;
    const pending = agent.request({ method: 'status' }, 'local-socket');
    await agent[Symbol.asyncDispose]();
    expect(codeOf(await pending)).toBe('stopped');
    expect(codeOf(await agent.request({ method: 'status' }, 'local-socket'))).toBe('stopped');
  });
});

describe('a request whose turn the store rejects', () => {
  it('is rejected and not retried', async () => {
    const { journal, time } = memoryPorts();
    const replies: unknown[] = [];
    /** Stores each requested renewal, and replies. */
    const machine: Machine<MachineState, LoopEffect> = {
      name: 'identity',
      format: { v: 1, minReader: 1 },
      restore: () => ({ row: 0, items: noItems }),
      step: (state, event) =>
        event.type === 'request/renew'
          ? {
              state: { ...state, row: Number(state.row) + 1 },
              effects: [{ type: 'reply', id: event.id, reply: { ok: true, result: 'stored' } }],
            }
          : { state },
      view: ({ row }) => row,
    };
    let isFull = true;
    const loop = createLoop({
      machinery: { machines: [machine as Machine], effects: {} },
      states: { identity: { row: 0, items: noItems } },
      commits: createCommits({
        load: () => [],
        commit() {
          if (isFull) throw new PilotfishError('store-full', 'no room');
        },
      }),
      unstored: unstoredRules,
      moment: () => moment,
      contextOf: (run) => run,
      reply: (id, reply) => void replies.push([id, codeOf(reply)]),
      ...{ time, journal },
    });
    const renew = (id: string) =>
      loop.deliver({ type: 'request/renew', id, origin: 'local-socket', params: {} });
    renew('1');
    isFull = false;
    await clock.tickAsync(60_000);
    renew('2');
    expect(replies).toEqual([
      ['1', 'not-stored'],
      ['2', 'ok'],
    ]);
    expect(loop.states()['identity']?.row).toBe(1);
  });
});
