import { describe, expect, it } from 'vitest';
import type { Medium } from '../../../hal/sim/board/memory-storage.ts';
import { idleAgent } from '../../support/board-images.ts';
import { flashedMedium, modelBoard } from '../../support/board-model.ts';
import { imageSource, sha256 } from '../../support/board-under-test.ts';

const signal = new AbortController().signal;
const first = idleAgent('first');
const second = idleAgent('second');

/** An update from the first byte to the confirmation, and a mission beside it; ends early when the power is cut. */
async function updateAndMission(medium: Medium, cutAt?: number): Promise<number> {
  await using model = await modelBoard({ medium, ...(cutAt === undefined ? {} : { cutAt }) });
  const { hal, board, clock, storage } = model;
  try {
    await hal.body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
    board.advance(60);
    await hal.installer.install(imageSource('b', second), signal);
    await hal.boot.arm('b', { attempts: 2 }, signal);
    await hal.system.reboot('update', signal);
    await clock.pass(1);
    await hal.boot.confirm('b', signal);
    await hal.body.command({ verb: 'stop', tag: 'halt', initiator: 'cloud' }, signal);
  } catch {
    // The power is cut.
  }
  return storage.writes;
}

describe('a power cut before any one of the durable writes of an update', () => {
  it('leaves a board that boots a complete slot, and a body with everything that it had reported', async () => {
    const writes = await updateAndMission(flashedMedium(first, sha256(first)));
    expect(writes).toBeGreaterThanOrEqual(9);
    const booted = new Set<string>();
    for (let cutAt = 1; cutAt <= writes + 1; cutAt++) {
      const medium = flashedMedium(first, sha256(first));
      await updateAndMission(medium, cutAt);
      // A memory that names a map is stored after the map.
      const missions: { id: string; hasMap: boolean }[] =
        JSON.parse(medium.body ?? '{}').ended ?? [];
      for (const { id, hasMap } of missions)
        expect([cutAt, medium.maps.has(id)]).toEqual([cutAt, hasMap]);
      await using model = await modelBoard({ medium });
      const state = await model.hal.boot.state(signal);
      booted.add(state.booted);
      for (const slot of state.slots) {
        const image = medium.slots.get(slot.name);
        if (slot.state === 'empty') expect(slot.sha256).toBeUndefined();
        else expect([cutAt, slot.sha256]).toEqual([cutAt, sha256(image ?? new Uint8Array())]);
      }
      const running = state.slots.find(({ name }) => name === state.booted);
      expect(['good', 'trial']).toContain(running?.state);
      const body = await model.hal.body.snapshot(signal);
      expect(body.mission).toBeNull();
      expect(body.ended.length).toBeLessThanOrEqual(1);
      if (body.ended[0]?.hasMap) await model.hal.body.map(body.ended[0].id, signal);
      // The next update succeeds, wherever this one was interrupted.
      if (state.onTrial) await model.hal.boot.confirm(state.booted, signal);
      const other = state.booted === 'a' ? 'b' : 'a';
      await model.hal.installer.install(imageSource(other, idleAgent('third')), signal);
    }
    expect(booted).toEqual(new Set(['a', 'b']));
  });
});

describe('a slot', () => {
  it('is complete only when the board itself finds the image on the medium', async () => {
    const medium = flashedMedium(first, sha256(first));
    await using model = await modelBoard({ medium });
    const { handle } = model.board;
    const claim = { slot: 'b', length: second.length, sha256: sha256(second) };
    await handle('slot.begin', claim);
    await expect(handle('slot.complete', claim)).rejects.toMatchObject({ code: 'mismatch' });
    medium.slots.set('b', first);
    await expect(handle('slot.complete', claim)).rejects.toMatchObject({ code: 'mismatch' });
    medium.slots.set('b', second);
    await handle('slot.complete', claim);
    expect((await model.hal.boot.state(signal)).slots[1]).toMatchObject({ state: 'complete' });
    await expect(handle('slot.complete', claim)).rejects.toMatchObject({ code: 'refused' });
  });

  it('stays unchanged when its change cannot be stored', async () => {
    await using model = await modelBoard({ medium: flashedMedium(first, sha256(first)) });
    await model.hal.installer.install(imageSource('b', second), signal);
    const before = await model.hal.boot.state(signal);
    model.storage.cut();
    await expect(model.hal.boot.arm('b', { attempts: 1 }, signal)).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(await model.hal.boot.state(signal)).toEqual(before);
  });
});

describe('a response of the board', () => {
  it('is sent after its state is stored', async () => {
    const medium = flashedMedium(first, sha256(first));
    const model = await modelBoard({ medium });
    await model.hal.body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
    const { mission } = await model.hal.body.snapshot(signal);
    await model.cutPower();
    await using after = await modelBoard({ medium });
    const seen = await after.hal.body.snapshot(signal);
    expect(seen.ended).toMatchObject([{ id: mission?.id, outcome: 'interrupted' }]);
    expect(seen.commands).toMatchObject([{ tag: 'go', result: 'done' }]);
  });

  it('is an error when its state cannot be stored', async () => {
    await using model = await modelBoard({ medium: flashedMedium(first, sha256(first)) });
    model.storage.cut();
    await expect(
      model.hal.body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal),
    ).rejects.toMatchObject({ code: 'unavailable' });
    await expect(model.hal.body.snapshot(signal)).rejects.toThrow();
  });

  it('keeps the newest four maps after a power cut, and no others', async () => {
    const medium = flashedMedium(first, sha256(first));
    const model = await modelBoard({ medium });
    for (let n = 1; n <= 6; n++) {
      await model.hal.body.command({ verb: 'start', tag: `go${n}`, initiator: 'cloud' }, signal);
      model.board.advance(5);
      await model.hal.body.command({ verb: 'stop', tag: `halt${n}`, initiator: 'cloud' }, signal);
    }
    const { ended } = await model.hal.body.snapshot(signal);
    await model.cutPower();
    await using after = await modelBoard({ medium });
    expect([...medium.maps.keys()]).toEqual(ended.slice(-4).map(({ id }) => id));
    for (const { id, hasMap } of ended) {
      if (hasMap) expect((await after.hal.body.map(id, signal)).cells.length).toBe(200 * 160);
      else await expect(after.hal.body.map(id, signal)).rejects.toMatchObject({ code: 'gone' });
    }
  });
});
