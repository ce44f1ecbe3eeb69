import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BoardConnection, connectBoard } from '../../hal/sim/client.ts';
import { boardFolder } from '../support/board-folder.ts';
import { idleAgent, lonelyAgent } from '../support/board-images.ts';
import { flashBoard, runSimBoard, simBoard } from '../support/board-process.ts';
import { imageSource, sha256 } from '../support/board-under-test.ts';
import { isAlive, waitFor } from '../support/board-wait.ts';

const signal = new AbortController().signal;
const first = idleAgent('first');
const second = new Uint8Array(Buffer.concat([idleAgent('second'), Buffer.alloc(20 << 20, '/')]));

/** Pulls the plug at some point of an install, by way of the image's source. */
type Pull = () => Promise<void>;

async function* megabytes(image: Uint8Array, pullAfter: number, pull: Pull) {
  for (let n = 0; n * (1 << 20) < image.length; n++) {
    if (n === pullAfter) await pull();
    yield image.subarray(n << 20, (n + 1) << 20);
  }
}

/** The work before the power cut, which may come in the middle of it. */
type Work = (board: BoardConnection, pull: Pull) => Promise<unknown>;

const installing =
  (pullAfter: number): Work =>
  (board, pull) =>
    board.installer.install(
      imageSource('b', second, { chunks: megabytes(second, pullAfter, pull) }),
      signal,
    );
const whole: Work = installing(-1);

describe('a power cut while slot b is written', () => {
  it.each<[string, Work, string, string]>([
    ['before the first byte', installing(0), 'empty', 'a'],
    ['after the first', installing(1), 'empty', 'a'],
    ['in the middle', installing(12), 'empty', 'a'],
    ['before the last', installing(20), 'empty', 'a'],
    ['when it is complete', whole, 'complete', 'a'],
    [
      'when it is armed',
      async (board, pull) => {
        await whole(board, pull);
        await board.boot.arm('b', { attempts: 2 }, signal);
      },
      'trial',
      'b',
    ],
  ])('%s', async (_when, work, state, booted) => {
    await using folder = await boardFolder();
    await flashBoard(folder.path, first);
    const board = await runSimBoard(folder.path);
    const connection = await connectBoard(board.ready.socket, signal);
    const pull = async () => {
      await board.end('SIGKILL');
    };
    await work(connection, pull).catch(() => {});
    await pull();
    await connection.closed;

    await using again = await runSimBoard(folder.path);
    expect(again.ready.booted).toBe(booted);
    await using after = await connectBoard(again.ready.socket, signal);
    const { slots } = await after.boot.state(signal);
    expect(slots).toMatchObject([{ state: 'good', sha256: sha256(first) }, { state }]);
    for (const slot of slots) {
      if (slot.state === 'empty') continue;
      const image = await readFile(join(folder.path, 'slots', slot.name, 'image'));
      expect(sha256(image)).toBe(slot.sha256);
    }
    if (booted === 'b') return;
    await whole(after, pull);
    expect((await after.boot.state(signal)).slots[1]).toMatchObject({ state: 'complete' });
  });
});

describe('cut-power', () => {
  it('ends board and agent at once, interrupts the mission once, and keeps the seen commands', async () => {
    await using folder = await boardFolder();
    await flashBoard(folder.path, lonelyAgent('first'));
    const board = await runSimBoard(folder.path);
    const connection = await connectBoard(board.ready.socket, signal);
    await connection.body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
    const { mission } = await connection.body.snapshot(signal);
    const { stdout } = await simBoard('bench', '--dir', folder.path, '--do', 'status');
    const agentPid: number = JSON.parse(stdout).agent.pid;

    const cut = await simBoard('bench', '--dir', folder.path, '--do', 'cut-power');
    expect([cut.code, cut.stdout, cut.stderr]).toEqual([0, '', '']);
    expect(await board.exited).toBe('SIGKILL');
    await waitFor('the end of the agent', () => !isAlive(agentPid));
    await connection.closed;

    for (let boot = 0; boot < 2; boot++) {
      await using again = await runSimBoard(folder.path);
      await using after = await connectBoard(again.ready.socket, signal);
      const seen = await after.body.snapshot(signal);
      expect(seen).toMatchObject({ phase: 'charge', mission: null, commands: [{ tag: 'go' }] });
      expect(seen.ended).toMatchObject([{ id: mission?.id, outcome: 'interrupted' }]);
      const events = await after.body.events(0, signal);
      expect(events.filter(({ type }) => type === 'ended')).toHaveLength(1);
    }
  });
});

describe('a SIGKILL of the agent', () => {
  it('leaves the robot driving, and the board starts the agent again', async () => {
    await using folder = await boardFolder();
    await flashBoard(folder.path, first);
    await using board = await runSimBoard(folder.path);
    await using connection = await connectBoard(board.ready.socket, signal);
    await connection.body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
    const { bootId } = await connection.system.info(signal);
    const agentOf = async () => {
      const { stdout } = await simBoard('bench', '--dir', folder.path, '--do', 'status');
      return JSON.parse(stdout).agent as { pid: number | null; starts: number };
    };
    process.kill((await agentOf()).pid ?? 0, 'SIGKILL');
    await waitFor('another agent', async () => {
      const { pid, starts } = await agentOf();
      return starts === 2 && pid !== null;
    });
    expect(await connection.system.info(signal)).toMatchObject({ bootId });
    const seen = await connection.body.snapshot(signal);
    expect([seen.mission?.tag ?? seen.ended[0]?.tag, seen.ended.length]).toEqual(['go', 0]);
  });
});
