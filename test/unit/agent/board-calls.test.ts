import { useFakeTimers } from 'sinon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgent } from '../../../agent/agent.ts';
import { guardBoard } from '../../../agent/board/guard.ts';
import { boardCalls, unansweredMax } from '../../../agent/board/limits.ts';
import { PilotfishError } from '../../../base/errors.ts';
import type { RobotBody } from '../../../hal/robot-body.ts';
import { mission, snapshot } from '../../support/agent-body.ts';
import { testConfig } from '../../support/agent-config.ts';
import { memoryPorts } from '../../support/agent-ports.ts';

let clock: ReturnType<typeof useFakeTimers>;
beforeEach(() => {
  clock = useFakeTimers({
    now: Date.UTC(2026, 5, 1),
    toFake: ['setTimeout', 'clearTimeout', 'Date', 'hrtime'],
  });
});
afterEach(() => clock.restore());

const quiet = new AbortController().signal;
const neverAnswer = (): Promise<never> => new Promise(() => {});

function guarded(body: Partial<RobotBody>) {
  const ports = memoryPorts();
  const board = guardBoard({ ...ports.board, body: { ...ports.board.body, ...body } }, ports);
  return { ports, board };
}

/** What became of it, at once or later. */
function outcomeOf(work: Promise<unknown>): { fate: string } {
  const seen = { fate: 'open' };
  work.then(
    () => Object.assign(seen, { fate: 'done' }),
    (error: PilotfishError) => Object.assign(seen, { fate: `${error.code}: ${error.message}` }),
  );
  return seen;
}

describe('a call to the board', () => {
  it('fails when its deadline is over, and its late answer is dropped and counted', async () => {
    const gate = Promise.withResolvers<never>();
    const { board, ports } = guarded({ snapshot: () => gate.promise });
    const seen = outcomeOf(board.body.snapshot(quiet));
    await clock.tickAsync(boardCalls['body.snapshot'].deadlineMs - 1);
    expect(seen.fate).toBe('open');
    await clock.tickAsync(1);
    expect(seen.fate).toBe('unavailable: body.snapshot: no answer within 10 s');
    gate.resolve(snapshot() as never);
    await clock.tickAsync(0);
    expect(ports.journal.counts()).toMatchObject({ 'late-answer/body.snapshot': 1 });
    expect(board.view()).toMatchObject({ unanswered: {} });
  });

  it('ends with the reason when it is aborted', async () => {
    const { board } = guarded({ snapshot: neverAnswer });
    const stop = new AbortController();
    const seen = outcomeOf(board.body.snapshot(stop.signal));
    stop.abort(new PilotfishError('enough', 'asked to'));
    await clock.tickAsync(0);
    expect(seen.fate).toBe('enough: asked to');
  });

  it('is not made above the bound of its capability, which leaves the others free', async () => {
    const calls = { commands: 0 };
    const command = () => {
      calls.commands += 1;
      return neverAnswer();
    };
    const { board, ports } = guarded({ command });
    const fates = Array.from({ length: 10_000 }, (_, i) =>
      outcomeOf(board.body.command({ verb: 'start', tag: `t${i}`, initiator: 'cloud' }, quiet)),
    );
    await clock.tickAsync(0);
    expect(calls.commands).toBe(unansweredMax.commands);
    expect(fates.at(-1)?.fate).toBe(
      'unavailable: body.command: the board has left 8 calls of commands unanswered',
    );
    await board.system.kick(quiet);
    expect(await board.body.snapshot(quiet)).toMatchObject({ commands: [] });
    expect(ports.control.kicks).toBe(1);
    expect(ports.journal.counts()).toMatchObject({ 'board-call-not-made/body.command': 9992 });
  });

  it('is made again when the board has answered, and some time after it has not', async () => {
    let made = 0;
    const gate = Promise.withResolvers<never>();
    const { board } = guarded({
      snapshot: () => {
        made += 1;
        return gate.promise;
      },
    });
    const poll = () => outcomeOf(board.body.snapshot(quiet));
    const most = unansweredMax.body;
    for (let i = 0; i < 2 * most; i++) poll();
    await clock.tickAsync(60_000);
    poll();
    expect(made).toBe(most);
    await clock.tickAsync(10 * 60_000);
    poll();
    expect(made).toBe(most + 1);
    gate.resolve(snapshot() as never);
    await clock.tickAsync(0);
    const last = poll();
    await clock.tickAsync(0);
    expect(last.fate).toBe('done');
    expect(board.view()).toEqual({ unanswered: {}, faults: {} });
  });

  it.each<readonly [string, () => Promise<never>, string]>([
    ['rejects', () => Promise.reject(new Error('serial port gone')), 'unknown: serial port gone'],
    [
      'throws',
      () => {
        throw new Error('serial port gone');
      },
      'unknown: serial port gone',
    ],
    ['rejects with text', () => Promise.reject('gone'), 'undefined: undefined'],
    ['answers with another type', () => Promise.resolve({}) as never, 'bad-answer: '],
  ])('is logged once when it %s, and shown in the status until it succeeds', async (...row) => {
    const [, snapshotOf] = row;
    const body = { snapshot: snapshotOf as RobotBody['snapshot'] };
    const { ports } = guarded({});
    const mutable = { ...ports.board.body, ...body };
    const board = guardBoard({ ...ports.board, body: mutable }, ports);
    for (let i = 0; i < 3; i++) outcomeOf(board.body.snapshot(quiet));
    await clock.tickAsync(0);
    const lines = ports.journal.notes.filter(({ text }) => text === 'board call failed');
    expect(lines).toHaveLength(1);
    const { faults } = board.view() as { faults: Record<string, object> };
    expect(faults['body.snapshot']).toMatchObject({ times: 3 });
    mutable.snapshot = async () => snapshot();
    await board.body.snapshot(quiet);
    expect(board.view()).toEqual({ unanswered: {}, faults: {} });
  });
});

describe('an installation', () => {
  it('continues while bytes arrive, and ends when the board stops responding', async () => {
    const ports = memoryPorts();
    const installed: number[] = [];
    const board = guardBoard(
      {
        ...ports.board,
        installer: {
          async install({ chunks }, signal) {
            for await (const chunk of chunks) {
              installed.push(chunk.length);
              if (installed.length === 3) {
                await new Promise((_, reject) =>
                  signal.addEventListener('abort', () => reject(signal.reason)),
                );
              }
            }
          },
        },
      },
      ports,
    );
    async function* slowly() {
      for (let i = 0; i < 3; i++) {
        await new Promise((done) => setTimeout(done, 3_600_000));
        yield new Uint8Array(1);
      }
    }
    const image = { slot: 'b', length: 3, sha256: '', chunks: slowly() };
    const seen = outcomeOf(board.installer.install(image, quiet));
    await clock.tickAsync(3 * 3_600_000);
    expect([seen.fate, installed.length]).toEqual(['open', 3]);
    await clock.tickAsync(600_000);
    expect(seen.fate).toBe('unavailable: installer.install: no answer within 600 s');
  });
});

describe('an agent with a failing board', () => {
  const build = { version: '1.2.3', builtMs: 0 };

  it('starts, kicks the watchdog and connects when the board never answers', async () => {
    const ports = memoryPorts();
    Object.assign(ports.board.body, { snapshot: neverAnswer });
    Object.assign(ports.board.system, { info: neverAnswer });
    Object.assign(ports.board.boot, { state: neverAnswer });
    const starts = createAgent(ports, testConfig(), build);
    await clock.tickAsync(60_000);
    await using _agent = await starts;
    await clock.tickAsync(3_600_000);
    expect(ports.control.kicks).toBeGreaterThan(400);
    expect(ports.link.attempts).toHaveLength(1);
  });

  it("shows the body's error in status and log", async () => {
    const ports = memoryPorts();
    ports.board.body.snapshot = () => Promise.reject(new Error('serial port gone'));
    await using agent = await createAgent(ports, testConfig(), build);
    await clock.tickAsync(0);
    expect(JSON.stringify(agent.status())).toContain('serial port gone');
    expect(JSON.stringify(ports.journal.notes)).toContain('serial port gone');
  });

  it('applies the settings of a snapshot without ended missions, and ends no mission because of it', async () => {
    const ports = memoryPorts();
    ports.control.snapshot = snapshot({ mission: mission('m') });
    await using agent = await createAgent(ports, testConfig(), build);
    await clock.tickAsync(0);
    const { ended: _, ...rest } = snapshot({ mission: null, settings: { volume: 9 } });
    ports.control.snapshot = rest as never;
    ports.control.change();
    await clock.tickAsync(0);
    const { shadow, missions } = agent.status() as Record<string, Record<string, unknown>>;
    expect(shadow?.['actual']).toEqual({ volume: 9 });
    expect(JSON.stringify(missions)).toContain('"open":');
    expect(missions).not.toMatchObject({ open: null });
  });
});
