import { describe, expect, it } from 'vitest';
import type { Slot } from '../../hal/boot-control.ts';
import {
  type BoardUnderTest,
  eventually,
  imageSource,
  type MakeBoard,
  sha256,
} from '../support/board-under-test.ts';

const signal = new AbortController().signal;

/** What boot control must do on any board with two slots. The board runs a confirmed slot; the other one may be written. */
export function bootControlContract(name: string, makeBoard: MakeBoard): void {
  describe(`boot control contract: ${name}`, () => {
    it('names the running slot and reports no trial', async () => {
      await using board = await makeBoard();
      const state = await board.boot.state(signal);
      expect(state.slots).toHaveLength(2);
      expect(state.next).toBe(state.booted);
      expect(state.onTrial).toBe(false);
      expect(state.fallback).toBeUndefined();
      expect(slot(state.slots, state.booted)).toMatchObject({ state: 'good' });
    });

    it('arms only a complete slot that is not running', async () => {
      await using board = await makeBoard();
      const { booted, other } = await names(board);
      for (const name of [booted, other, 'no-such-slot', '', '__proto__']) {
        await expect(board.boot.arm(name, { attempts: 1 }, signal)).rejects.toMatchObject({
          code: 'refused',
        });
      }
      await install(board, other, 'two');
      for (const attempts of [0, -1, 1.5, 1e9]) {
        await expect(board.boot.arm(other, { attempts }, signal)).rejects.toMatchObject({
          code: 'refused',
        });
      }
      expect((await board.boot.state(signal)).next).toBe(booted);
    });

    it('arms a trial, also when it is armed twice', async () => {
      await using board = await makeBoard();
      const { booted, other } = await names(board);
      await install(board, other, 'two');
      await board.boot.arm(other, { attempts: 3 }, signal);
      await board.boot.arm(other, { attempts: 3 }, signal);
      const state = await board.boot.state(signal);
      expect(state).toMatchObject({ booted, next: other, onTrial: false });
      expect(slot(state.slots, other)).toMatchObject({
        ...{ state: 'trial', attempts: 3, attemptsLeft: 3 },
      });
    });

    it('confirms only the running slot', async () => {
      await using board = await makeBoard();
      const { booted, other } = await names(board);
      await board.boot.confirm(booted, signal);
      await expect(board.boot.confirm(other, signal)).rejects.toMatchObject({ code: 'refused' });
      await expect(board.boot.confirm('no-such-slot', signal)).rejects.toMatchObject({
        code: 'refused',
      });
    });

    it('boots the armed slot on trial and keeps it after the confirmation', async () => {
      await using board = await makeBoard();
      const { booted: old, other } = await names(board);
      const image = await install(board, other, 'two');
      await board.boot.arm(other, { attempts: 2 }, signal);
      await reboot(board);
      const trial = await board.boot.state(signal);
      expect(trial).toMatchObject({ booted: other, onTrial: true });
      expect(slot(trial.slots, other)?.attemptsLeft).toBe(1);
      await board.boot.confirm(other, signal);
      await board.boot.confirm(other, signal);
      await reboot(board);
      const state = await board.boot.state(signal);
      expect(state).toMatchObject({ booted: other, next: other, onTrial: false });
      expect(slot(state.slots, other)).toEqual({
        name: other,
        state: 'good',
        sha256: sha256(image),
      });
      expect(slot(state.slots, old)).toMatchObject({ state: 'good' });
    });

    it('falls back when an unconfirmed trial reboots, reports why, and forgets the reason at the next arming', async () => {
      await using board = await makeBoard();
      const { booted: old, other } = await names(board);
      await install(board, other, 'two');
      await board.boot.arm(other, { attempts: 1 }, signal);
      await reboot(board);
      const trial = await board.boot.state(signal);
      expect(trial).toMatchObject({ booted: other, next: old });
      await reboot(board);
      const back = await board.boot.state(signal);
      expect(back).toMatchObject({ booted: old, next: old, onTrial: false });
      expect(back.fallback).toMatchObject({ slot: other, reason: 'unconfirmed' });
      expect(back.fallback?.starts ?? 1).toBe(1);
      expect(slot(back.slots, other)).toMatchObject({ state: 'bad' });
      await expect(board.boot.arm(other, { attempts: 1 }, signal)).rejects.toMatchObject({
        code: 'refused',
      });

      await install(board, other, 'three');
      expect((await board.boot.state(signal)).fallback).toMatchObject({ slot: other });
      await board.boot.arm(other, { attempts: 1 }, signal);
      expect((await board.boot.state(signal)).fallback).toBeUndefined();
    });

    it('gives a trial as many boots as it was armed with, and no more', async () => {
      await using board = await makeBoard();
      const { booted: old, other } = await names(board);
      await install(board, other, 'two');
      await board.boot.arm(other, { attempts: 3 }, signal);
      const booted: string[] = [];
      for (let boot = 0; boot < 5; boot++) {
        await reboot(board);
        booted.push((await board.boot.state(signal)).booted);
      }
      expect(booted).toEqual([other, other, other, old, old]);
    });

    it('keeps a confirmed slot when it reboots', async () => {
      await using board = await makeBoard();
      const { booted: old, other } = await names(board);
      await install(board, other, 'two');
      await board.boot.arm(other, { attempts: 1 }, signal);
      await reboot(board);
      await board.boot.confirm(other, signal);
      for (let boot = 0; boot < 8; boot++) await reboot(board);
      const state = await board.boot.state(signal);
      expect(state).toMatchObject({ booted: other, next: other, onTrial: false });
      expect(slot(state.slots, old)).toMatchObject({ state: 'good' });
    });

    it('does not change the slot to which a trial falls back', async () => {
      await using board = await makeBoard();
      const { booted: old, other } = await names(board);
      await install(board, other, 'two');
      await board.boot.arm(other, { attempts: 2 }, signal);
      await reboot(board);
      const image = board.image('three');
      await expect(board.installer.install(imageSource(old, image), signal)).rejects.toMatchObject({
        code: 'refused',
      });
      expect(slot((await board.boot.state(signal)).slots, old)).toMatchObject({ state: 'good' });
    });
  });

  describe(`system contract: ${name}`, () => {
    it('keeps its boot id until it reboots', async () => {
      await using board = await makeBoard();
      const info = await board.system.info(signal);
      expect(info.hardwareId).toMatch(/^[a-z0-9-]+$/);
      expect(info.watchdogS).toBeGreaterThan(0);
      await board.system.kick(signal);
      expect(await board.system.info(signal)).toEqual(info);
      await reboot(board);
      expect((await board.system.info(signal)).hardwareId).toBe(info.hardwareId);
    });

    it('does not change the body when it reboots', async () => {
      await using board = await makeBoard();
      await board.body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
      const { mission } = await board.body.snapshot(signal);
      await reboot(board);
      const seen = await board.body.snapshot(signal);
      expect(seen.mission?.id ?? seen.ended[0]?.id).toBe(mission?.id);
      expect(seen.ended[0]?.outcome ?? 'completed').toBe('completed');
    });
  });
}

async function names(board: BoardUnderTest): Promise<{ booted: string; other: string }> {
  const { booted, slots } = await board.boot.state(signal);
  return { booted, other: slots.find(({ name }) => name !== booted)?.name ?? '' };
}

async function install(board: BoardUnderTest, slot: string, stamp: string): Promise<Uint8Array> {
  const image = board.image(stamp);
  await board.installer.install(imageSource(slot, image), signal);
  return image;
}

async function reboot(board: BoardUnderTest): Promise<void> {
  const { bootId } = await board.system.info(signal);
  await board.system.reboot('test', signal);
  await eventually(
    board,
    () => board.system.info(signal),
    (info) => info.bootId !== bootId,
  );
}

function slot(slots: readonly Slot[], name: string): Slot | undefined {
  return slots.find((one) => one.name === name);
}
