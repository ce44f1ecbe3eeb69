import { spy } from 'sinon';
import { describe, expect, it } from 'vitest';
import { guardBoard } from '../../../agent/board/guard.ts';
import type { Context } from '../../../agent/effects.ts';
import type { Event } from '../../../agent/events.ts';
import { type AgentEffect as Effect, effects } from '../../../agent/features.ts';
import type { Handler } from '../../../agent/kernel/effects.ts';
import { createSender } from '../../../agent/publish/sender.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { bodyEvent, snapshot } from '../../support/agent-body.ts';
import { type MemoryPorts, memoryPorts } from '../../support/agent-ports.ts';
import { manifest } from '../../support/agent-updates.ts';

const senderOf = ({ link, time, journal }: MemoryPorts) =>
  createSender({ link, time, journal, budget: { perS: 20, lowPriorityPerMin: 6 } });
const quiet = new AbortController().signal;
const unavailable = () => Promise.reject(new PilotfishError('unavailable', 'not now'));
const envelope = {
  payloadType: 'application/vnd.pilotfish.firmware+json',
  payload: '',
  signatures: [],
} as const;

async function run(
  ports: MemoryPorts,
  effect: Effect,
  emitted: Event[] = [],
  change: Partial<Context> = {},
) {
  const table: Readonly<Record<string, { readonly run: unknown }>> = effects;
  const handler = table[effect.type]?.run as Handler<Effect, Context>;
  return handler(effect, {
    robot: 'R1',
    ports,
    board: guardBoard(ports.board, ports),
    sender: senderOf(ports),
    signal: quiet,
    emit: (event) => void emitted.push(event),
    ...change,
  });
}

async function poll(ports: MemoryPorts, after: number) {
  const event = await run(ports, { type: 'body/poll', after });
  if (event?.type !== 'body/polled') throw new Error(`no poll: ${event?.type}`);
  return event.events.map(({ seq }) => seq);
}

const seqs = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('a poll of the body', () => {
  const withEvents = (last: number, from = 1) => {
    const ports = memoryPorts();
    ports.control.events = seqs(from, last).map((seq) => bodyEvent(seq, 'a'));
    ports.control.snapshot = snapshot({ lastEvent: last });
    return ports;
  };

  it.each([
    ['all events', 5, 0, seqs(1, 5)],
    ['the events after the cursor', 5, 3, [4, 5]],
    ['none when there is no newer one', 5, 5, []],
    ['none when there are none', 0, 0, []],
    ['several pages', 450, 0, seqs(1, 450)],
    ['all events of a replaced body', 5, 100, seqs(1, 5)],
  ])('reads %s', async (_name, last, after, expected) => {
    expect(await poll(withEvents(last), after)).toEqual(expected);
  });

  it('leaves events newer than the snapshot to the next poll', async () => {
    const ports = withEvents(5);
    ports.control.events = [...ports.control.events, bodyEvent(6, 'a')];
    expect(await poll(ports, 0)).toEqual(seqs(1, 5));
  });

  it('requests no events when there is no newer one', async () => {
    const ports = withEvents(5);
    const events = spy(ports.board.body, 'events');
    await poll(ports, 5);
    expect(events.called).toBe(false);
  });

  it('ends when the body has lost its events', async () => {
    const ports = withEvents(5);
    ports.control.events = [];
    expect(await poll(ports, 0)).toEqual([]);
  });

  it('ends when the body returns events that were not requested', async () => {
    const ports = withEvents(5);
    ports.board.body.events = async () => [bodyEvent(1, 'a')];
    expect(await poll(ports, 0)).toEqual([1]);
  });

  it('resumes after a gap', async () => {
    expect(await poll(withEvents(1300, 301), 10)).toEqual(seqs(301, 1300));
  });
});

describe('a failed effect', () => {
  const manifestOf = { jobId: 'j', manifest } as const;
  const rows: readonly (readonly [Effect, object])[] = [
    [{ type: 'body/poll', after: 0 }, { type: 'body/not-polled' }],
    [
      {
        ...{ type: 'body/command', tag: 'c', verb: 'start', initiator: 'cloud' },
        validUntilMonoMs: 1,
      },
      { type: 'body/no-response', tag: 'c' },
    ],
    [{ type: 'body/configure', settings: {} }, { type: 'body/unconfigured' }],
    [
      { type: 'map/keep', missionId: 'm', bodyMission: 'a' },
      { type: 'map/none', missionId: 'm' },
    ],
    [
      { type: 'update/install', ...manifestOf, imageUrl: 'https://x', slot: 'b' },
      { type: 'update/not-installed', jobId: 'j' },
    ],
    [
      { type: 'update/arm', jobId: 'j', slot: 'b', attempts: 3 },
      { type: 'update/not-armed', jobId: 'j' },
    ],
    [
      { type: 'update/confirm', jobId: 'j', slot: 'b', securityCounter: 1 },
      { type: 'update/not-confirmed', jobId: 'j' },
    ],
  ];

  it.each(rows)('returns an event with the code: $type', async (effect, expected) => {
    const ports = memoryPorts();
    const { board } = ports;
    Object.assign(board.body, {
      snapshot: unavailable,
      command: unavailable,
      configure: unavailable,
      map: unavailable,
    });
    Object.assign(board.boot, { arm: unavailable, confirm: unavailable });
    Object.assign(board.installer, { install: unavailable });
    expect(await run(ports, effect)).toEqual({ ...expected, code: 'unavailable' });
  });

  it('returns a verdict with the code: update/check', async () => {
    const ports = memoryPorts();
    ports.board.system.info = unavailable;
    expect(
      await run(ports, { type: 'update/check', jobId: 'j', manifest: envelope as never }),
    ).toEqual({
      type: 'update/checked',
      jobId: 'j',
      verdict: { ok: false, code: 'unavailable', message: 'not now' },
    });
  });

  it.each<Effect['type']>(['system/reboot', 'map/forget', 'map/sweep'])(
    'returns no event: %s',
    async (type) => {
      const ports = memoryPorts();
      ports.board.system.reboot = unavailable;
      ports.maps.forget = unavailable;
      ports.maps.sweep = unavailable;
      expect(
        await run(ports, { type, reason: '', mapId: '', mapIds: [] } as Effect),
      ).toBeUndefined();
    },
  );
});

describe('the confirmation of a slot', () => {
  const confirm = { type: 'update/confirm', jobId: 'j', slot: 'b', securityCounter: 9 } as const;

  it('raises the floor only after the slot is confirmed', async () => {
    const ports = memoryPorts();
    const confirmSlot = spy(ports.board.boot, 'confirm');
    const raise = spy(ports.firmware, 'raiseFloor');
    await run(ports, confirm);
    expect(confirmSlot.calledBefore(raise)).toBe(true);
    expect(raise.firstCall.args).toEqual([9]);
  });

  it('fails while the floor cannot be raised', async () => {
    const ports = memoryPorts();
    ports.firmware.raiseFloor = () => Promise.reject(new PilotfishError('ENOSPC', 'full'));
    expect(await run(ports, confirm)).toMatchObject({
      type: 'update/not-confirmed',
      code: 'ENOSPC',
    });
  });
});

/** The events of the evidence that is read before each attempt. */
const evidenceEvents = ['identity/known', 'clock/synced'];

describe('a connection', () => {
  const open: Effect = { type: 'link/open', credentials: 'current' };
  const publish: Effect = { type: 'publish', topic: 't', payload: { ü: 1 } };

  it('sends messages while it is up, and blames its end on the last of them', async () => {
    const ports = memoryPorts();
    const sender = senderOf(ports);
    const emitted: Event[] = [];
    const ended = run(ports, open, emitted, { sender });
    await run(ports, publish, emitted, { sender });
    // The board has answered by then.
    await new Promise((done) => setImmediate(done));
    ports.link.latest.up();
    await run(ports, publish, emitted, { sender });
    ports.link.latest.end({ kind: 'lost', code: 'closed', detail: '' });
    expect(await ended).toMatchObject({ type: 'link/down' });
    expect(ports.link.published).toEqual([{ topic: 't', body: { ü: 1 } }]);
    expect(emitted.map(({ type }) => type)).toEqual([
      ...evidenceEvents,
      'link/up',
      'publish/blamed',
    ]);
    await run(ports, publish, emitted, { sender });
    expect(ports.journal.counts()).toEqual({ published: 1, 'publish-not-taken': 2 });
  });

  it('sends nothing and blames nothing after it was aborted', async () => {
    const ports = memoryPorts();
    const sender = senderOf(ports);
    const emitted: Event[] = [];
    const aborted = new AbortController();
    const ended = run(ports, open, emitted, { sender, signal: aborted.signal });
    aborted.abort();
    ports.link.latest.up();
    await run(ports, publish, emitted, { sender });
    await ended;
    expect(ports.link.published).toEqual([]);
    expect(emitted.map(({ type }) => type)).toEqual(evidenceEvents.slice(0, 1));
  });
});
