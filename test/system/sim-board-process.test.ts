import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectBoard } from '../../hal/sim/client.ts';
import { boardFolder } from '../support/board-folder.ts';
import { crashingAgent, idleAgent, kickingAgent, lonelyAgent } from '../support/board-images.ts';
import { flashBoard, runSimBoard, simBoard } from '../support/board-process.ts';
import { imageSource, sha256 } from '../support/board-under-test.ts';
import { isAlive, waitFor } from '../support/board-wait.ts';

const signal = new AbortController().signal;

interface Status {
  readonly bootId: string;
  readonly boot: { booted: string; fallback?: object };
  readonly agent: { pid: number | null; starts: number };
  readonly snapshot: { phase: string; mission: { initiator: string } | null };
}

async function status(dir: string): Promise<Status> {
  const { code, stdout, stderr } = await simBoard('bench', '--dir', dir, '--do', 'status');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

describe('a running sim-board', () => {
  it('prints one line when it is ready, locks its folder, and stops without an orphan', async () => {
    await using folder = await boardFolder();
    await flashBoard(folder.path, lonelyAgent('one'));
    const board = await runSimBoard(folder.path);
    expect(board.ready).toMatchObject({
      ready: true,
      dir: folder.path,
      socket: join(folder.path, 'board.sock'),
      bench: join(folder.path, 'bench.sock'),
      booted: 'a',
    });
    const second = await simBoard('run', '--dir', folder.path);
    expect([second.code, second.stdout]).toEqual([1, '']);
    expect(second.stderr).toContain('(board-in-use)');
    const flash = await simBoard('flash', '--dir', folder.path, '--image', '/bin/true');
    expect(flash.stderr).toContain('(board-in-use)');

    const { agent, bootId } = await status(folder.path);
    expect(bootId).toBe(board.ready.bootId);
    expect(isAlive(agent.pid ?? 0)).toBe(true);
    expect(await board.end('SIGTERM')).toBe(0);
    expect(isAlive(agent.pid ?? 0)).toBe(false);
    expect(board.stdout().trim().split('\n')).toHaveLength(1);
    for (const line of board.stderr().trim().split('\n')) JSON.parse(line);
  });

  it('runs only the body when no slot may boot, and reports why', async () => {
    await using folder = await boardFolder();
    await flashBoard(folder.path, idleAgent('one'));
    const slots = { a: { state: 'bad' }, b: { state: 'bad' } };
    await writeFile(join(folder.path, 'boot.json'), JSON.stringify({ v: 1, next: 'a', slots }));
    // A stuck robot gives up after ten minutes of the body: here, two minutes.
    await using board = await runSimBoard(folder.path, '--speed', '5');
    expect(board.ready.booted).toBeNull();
    expect(board.stderr()).toMatch(/"level":"warn".*no slot may boot/);
    const pressed = await simBoard('bench', '--dir', folder.path, '--do', 'press-button');
    expect(pressed.code).toBe(0);
    const stuck = await simBoard(
      'bench',
      '--dir',
      folder.path,
      '--do',
      'get-stuck',
      '--for-s',
      '36000',
    );
    expect(stuck.code).toBe(0);
    expect((await status(folder.path)).snapshot).toMatchObject({
      phase: 'stuck',
      mission: { initiator: 'button' },
    });
    const again = await simBoard('bench', '--dir', folder.path, '--do', 'get-stuck');
    expect([again.code, again.stderr]).toEqual([1, 'sim-board: not-driving (refused)\n']);
  });

  it('ends an agent that does not kick the watchdog, and keeps one that does', async () => {
    await using folder = await boardFolder();
    await flashBoard(folder.path, idleAgent('one'));
    await using hung = await runSimBoard(folder.path, '--watchdog-s', '0.3');
    await waitFor('a second start', async () => (await status(folder.path)).agent.starts > 1);
    expect(hung.stderr()).toContain('no watchdog kick for 0.3 s');
    await hung.end('SIGTERM');

    await flashBoard(folder.path, kickingAgent('two'));
    await using alive = await runSimBoard(folder.path, '--watchdog-s', '2');
    await waitFor('three seconds of the body', async () => {
      const connection = await connectBoard(alive.ready.socket, signal);
      const { clock } = await connection.body.snapshot(signal);
      await connection[Symbol.asyncDispose]();
      return clock.nowS > 150 * 3;
    });
    expect((await status(folder.path)).agent.starts).toBe(1);
  });

  it('boots an update from the other slot, and falls back when it crashes', async () => {
    await using folder = await boardFolder();
    await flashBoard(folder.path, idleAgent('one'));
    await using board = await runSimBoard(folder.path);
    await using connection = await connectBoard(board.ready.socket, signal);
    const image = crashingAgent('two', 9);
    await connection.installer.install(imageSource('b', image), signal);
    await connection.boot.arm('b', { attempts: 2 }, signal);
    await connection.system.reboot('update', signal);
    const { fallback } = await waitFor('the fall-back', async () => {
      const state = await connection.boot.state(signal);
      return state.fallback && state.booted === 'a' && state;
    });
    expect(fallback).toEqual({ slot: 'b', reason: 'crashed', detail: 'exit code 9', starts: 2 });
    await waitFor('the old agent', async () => (await status(folder.path)).agent.starts === 4);
    expect(sha256(await readFile(join(folder.path, 'slots/b/image')))).toBe(sha256(image));
    const log = await readFile(join(folder.path, 'agent.log'), 'utf8');
    expect(log.match(/I give up/g)).toHaveLength(2);
  });

  it('leaves a confirmed slot when it is damaged or its agent does not come up', async () => {
    await using folder = await boardFolder();
    await flashBoard(folder.path, crashingAgent('two', 9), 'b');
    await flashBoard(folder.path, idleAgent('one'), 'a');
    const damage = ['bench', '--dir', folder.path, '--do', 'damage-slot'];
    {
      await using board = await runSimBoard(folder.path);
      expect(board.ready.booted).toBe('a');
      expect((await simBoard(...damage)).code).toBe(2);
      expect((await simBoard(...damage, '--slot', 'c')).code).toBe(2);
      expect(await simBoard(...damage, '--slot', 'a')).toMatchObject({ code: 0, stderr: '' });
    }
    await using board = await runSimBoard(folder.path);
    expect(board.ready.booted).toBe('b');
    expect(board.stderr()).toContain('"code":"slot-damaged"');
    await using connection = await connectBoard(board.ready.socket, signal);
    const { fallback } = await connection.boot.state(signal);
    expect(fallback).toMatchObject({ slot: 'a', reason: 'damaged', wasConfirmed: true });
    // The other one crashes; it is the only one left, and is started again.
    await waitFor('a restart', async () => (await status(folder.path)).agent.starts > 2);
  });

  it('restores its state after a clean stop, which the body sees as a power cut', async () => {
    await using folder = await boardFolder();
    await flashBoard(folder.path, idleAgent('one'));
    const first = await runSimBoard(folder.path);
    const one = await connectBoard(first.ready.socket, signal);
    await one.body.configure({ name: 'Rosie' }, signal);
    await one.body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
    await first.end('SIGTERM');
    await one.closed;
    await using second = await runSimBoard(folder.path);
    expect(second.ready.bootId).not.toBe(first.ready.bootId);
    await using two = await connectBoard(second.ready.socket, signal);
    const seen = await two.body.snapshot(signal);
    expect(seen).toMatchObject({ mission: null, settings: { name: 'Rosie' } });
    expect(seen.ended).toMatchObject([{ tag: 'go', outcome: 'interrupted' }]);
  });

  it('creates its boot memory again when it is damaged, and reports when it cannot', async () => {
    await using folder = await boardFolder();
    await flashBoard(folder.path, idleAgent('one'));
    await writeFile(join(folder.path, 'body.json'), '{"v":1,');
    await using board = await runSimBoard(folder.path);
    expect(board.stderr()).toContain('body.json is damaged: moved away');
    await board.end('SIGTERM');
    await writeFile(join(folder.path, 'boot.json'), '');
    await using again = await runSimBoard(folder.path);
    expect(again.ready.booted).toBe('a');
    expect(again.stderr()).toContain('boot.json is damaged: moved away');
    await again.end('SIGTERM');
    await writeFile(join(folder.path, 'boot.json'), '');
    await rm(join(folder.path, 'slots/a/confirmed.json'));
    const failed = await simBoard('run', '--dir', folder.path);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('boot.json is damaged (board-memory)');
  });
});
