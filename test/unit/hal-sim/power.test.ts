import { describe, expect, it } from 'vitest';
import { idleAgent } from '../../support/board-images.ts';
import { flashedMedium, type ModelBoard, modelBoard } from '../../support/board-model.ts';
import { imageSource, sha256 } from '../../support/board-under-test.ts';

const signal = new AbortController().signal;
const first = idleAgent('first');
const flashed = () => flashedMedium(first, sha256(first));

/** A board whose slot b is armed and running, with so many attempts in all. */
async function onTrial(attempts: number): Promise<ModelBoard> {
  const model = await modelBoard({ medium: flashed() });
  await model.hal.installer.install(imageSource('b', idleAgent('second')), signal);
  await model.hal.boot.arm('b', { attempts }, signal);
  await model.hal.system.reboot('update', signal);
  await model.clock.pass(1);
  expect(newest(model).slot).toBe('b');
  return model;
}

const newest = (model: ModelBoard) => {
  const agent = model.agents.at(-1);
  if (agent === undefined) throw new Error('no agent was started');
  return agent;
};
const slots = (model: ModelBoard) => model.agents.map(({ slot }) => slot);

/** Lets the watchdog wait, kicking or not. */
async function wait(model: ModelBoard, seconds: number, kicking = true): Promise<void> {
  for (let s = 0; s < seconds; s++) {
    if (kicking) await model.hal.system.kick(signal);
    await model.clock.pass(1000);
  }
}

describe('a confirmed slot', () => {
  it('restarts a crashed agent with growing backoff, without a reboot', async () => {
    await using model = await modelBoard({ medium: flashed() });
    const { bootId } = await model.hal.system.info(signal);
    const pauses: number[] = [];
    for (let crash = 0; crash < 9; crash++) {
      const started = model.agents.length;
      newest(model).end('exit code 1');
      let waited = 0;
      for (; model.agents.length === started; waited += 100) await model.clock.pass(100);
      pauses.push(waited);
    }
    expect(pauses).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect(new Set(slots(model))).toEqual(new Set(['a']));
    expect(await model.hal.system.info(signal)).toMatchObject({ bootId });
    expect((await model.hal.boot.state(signal)).fallback).toBeUndefined();
  });

  it('restarts an agent at once after its safe mode, and with backoff when it ends this way right after its start', async () => {
    await using model = await modelBoard({ medium: flashed() });
    for (let crash = 0; crash < 3; crash++) {
      newest(model).end('exit code 1');
      await model.clock.pass(500 * 2 ** crash);
    }
    await wait(model, 2);
    newest(model).end('exit code 3');
    await model.clock.pass(1);
    expect(slots(model)).toEqual(['a', 'a', 'a', 'a', 'a']);
    newest(model).end('exit code 3');
    await model.clock.pass(499);
    expect(model.agents).toHaveLength(5);
    await model.clock.pass(1);
    expect(model.agents).toHaveLength(6);
  });

  it('resets the backoff of an agent that ran for a minute', async () => {
    await using model = await modelBoard({ medium: flashed() });
    for (const pause of [500, 1000]) {
      newest(model).end('exit code 1');
      await model.clock.pass(pause);
    }
    await wait(model, 61);
    const started = model.agents.length;
    newest(model).end('exit code 1');
    await model.clock.pass(499);
    expect(model.agents.length).toBe(started);
    await model.clock.pass(1);
    expect(model.agents.length).toBe(started + 1);
  });

  it('ends an agent that does not kick the watchdog, and keeps one that does', async () => {
    await using model = await modelBoard({ medium: flashed() });
    await wait(model, 60);
    expect(model.agents).toHaveLength(1);
    await wait(model, 18, false);
    expect(newest(model).kills).toEqual([]);
    await wait(model, 2, false);
    expect(model.agents[0]?.kills).toEqual(['force']);
    expect(model.agents).toHaveLength(2);
  });
});

/** A board with two good slots, of which the second runs. */
async function twoGood(): Promise<ModelBoard> {
  const model = await onTrial(1);
  await model.hal.boot.confirm('b', signal);
  return model;
}

/** Lets the agents crash one after another, and returns the slots that they were started from. */
async function crashes(model: ModelBoard, count: number, detail = 'exit code 1') {
  const from = model.agents.length - 1;
  for (let n = 0; n < count; n++) {
    const started = model.agents.length;
    newest(model).end(detail);
    while (model.agents.length === started) await model.clock.pass(1000);
  }
  return slots(model).slice(from).join('');
}

describe('a confirmed slot beside another one', () => {
  it('is left after six starts without a healthy one, and the reason is stored', async () => {
    await using model = await twoGood();
    expect(await crashes(model, 5)).toBe('bbbbbb');
    const { bootId } = await model.hal.system.info(signal);
    expect(await crashes(model, 1)).toBe('ba');
    expect((await model.hal.system.info(signal)).bootId).not.toBe(bootId);
    const state = await model.hal.boot.state(signal);
    expect(state).toMatchObject({
      booted: 'a',
      next: 'a',
      onTrial: false,
      fallback: { slot: 'b', reason: 'crashed', starts: 6, wasConfirmed: true },
    });
    expect(state.slots).toMatchObject([{ state: 'good' }, { state: 'bad' }]);
  });

  it('is left after six failed starts with power cuts in between', async () => {
    const { medium, cutPower, ...model } = await twoGood();
    await crashes({ medium, cutPower, ...model }, 4);
    await cutPower();
    await using again = await modelBoard({ medium });
    expect(await crashes(again, 2)).toBe('bba');
  });

  it('is not left because of power cuts, reboots and invalid configurations', async () => {
    let model = await twoGood();
    for (let n = 0; n < 8; n++) {
      await model.cutPower();
      model = await modelBoard({ medium: model.medium });
    }
    for (let n = 0; n < 8; n++) {
      await model.hal.system.reboot('requested', signal);
      await model.clock.pass(1);
    }
    expect(await crashes(model, 8, 'exit code 2')).toBe('bbbbbbbbb');
    await model.cutPower();
  });

  it('is kept when its safe mode keeps running, which resets the count', async () => {
    await using model = await twoGood();
    for (let round = 0; round < 4; round++) {
      expect(await crashes(model, 3)).toBe('bbbb');
      await wait(model, 61);
      newest(model).end('exit code 3');
      await model.clock.pass(1);
    }
    expect((await model.hal.boot.state(signal)).slots[1]).not.toHaveProperty('failedStarts');
  });

  it('is left when its agent hangs at each start', async () => {
    await using model = await twoGood();
    const from = model.agents.length - 1;
    while (model.agents.length < from + 7) await model.clock.pass(1000);
    expect(slots(model).slice(from).join('')).toBe('bbbbbba');
    expect((await model.hal.boot.state(signal)).fallback?.reason).toBe('hung');
  });

  it('alternates with it when both fail, with growing delays', async () => {
    await using model = await twoGood();
    const pausesS: number[] = [];
    let rounds = slots(model).at(-1) ?? '';
    for (let round = 0; round < 5; round++) {
      rounds += (await crashes(model, 5)).slice(1);
      const started = model.agents.length;
      newest(model).end('exit code 1');
      let waited = 0;
      for (; model.agents.length === started; waited += 1) await model.clock.pass(1000);
      pausesS.push(waited - 1);
      rounds += ` ${slots(model).at(-1)}`;
    }
    expect(rounds.startsWith('bbbbbb aaaaaa bbbbbb aaaaaa b')).toBe(true);
    expect(pausesS).toEqual([0, 4, 9, 19, 39]);
  });

  it('is never started when it is damaged, and the other one boots at once', async () => {
    const { medium, cutPower } = await twoGood();
    await cutPower();
    medium.slots.set('b', idleAgent('damaged'));
    await using model = await modelBoard({ medium });
    expect(slots(model)).toEqual(['a']);
    expect((await model.hal.boot.state(signal)).fallback).toMatchObject({
      ...{ slot: 'b', reason: 'damaged', wasConfirmed: true },
    });
    // It was never started, which proves nothing about the image: a new update may write the slot again.
    await model.hal.installer.install(imageSource('b', idleAgent('second')), signal);
  });

  it('is left at its first crash when it was damaged during its run', async () => {
    await using model = await twoGood();
    model.medium.slots.delete('b');
    expect(await crashes(model, 1)).toBe('ba');
    expect((await model.hal.boot.state(signal)).fallback).toMatchObject({
      ...{ slot: 'b', reason: 'damaged', detail: 'the image is missing or empty' },
    });
  });

  it('is checked repeatedly when both are damaged, and boots once it is rewritten', async () => {
    const { medium, cutPower } = await twoGood();
    await cutPower();
    const image = medium.slots.get('b') as Uint8Array;
    medium.slots.clear();
    await using model = await modelBoard({ medium });
    await model.clock.pass(60_000);
    expect(model.agents).toEqual([]);
    expect((await model.hal.boot.state(signal)).booted).toBe('');
    medium.slots.set('b', image);
    await model.clock.pass(80_000);
    expect(new Set(slots(model))).toEqual(new Set(['b']));
  });
});

describe('a board whose medium accepts no more writes', () => {
  it('boots a confirmed slot, but no trial, whose attempts could not be counted', async () => {
    const { medium, cutPower } = await onTrial(3);
    await cutPower();
    await using model = await modelBoard({ medium, cutAt: 1 });
    expect(slots(model)).toEqual(['a']);
    expect(await crashes(model, 2)).toBe('aaa');
  });
});

describe('a slot on trial', () => {
  it('boots again after a crash while it has attempts, then falls back with the reason', async () => {
    await using model = await onTrial(3);
    const { bootId } = await model.hal.system.info(signal);
    newest(model).end('exit code 1');
    await model.clock.pass(1);
    expect((await model.hal.system.info(signal)).bootId).not.toBe(bootId);
    newest(model).end('exit code 2');
    await model.clock.pass(1);
    expect(await model.hal.boot.state(signal)).toMatchObject({ booted: 'b', next: 'a' });
    newest(model).end('exit code 3');
    await model.clock.pass(1);
    expect(slots(model)).toEqual(['a', 'b', 'b', 'b', 'a']);
    const state = await model.hal.boot.state(signal);
    expect(state).toMatchObject({
      booted: 'a',
      onTrial: false,
      fallback: { slot: 'b', reason: 'crashed', detail: 'exit code 3' },
    });
    expect(state.slots[1]).toMatchObject({ state: 'bad' });
  });

  it('falls back when the watchdog fires', async () => {
    await using model = await onTrial(1);
    await wait(model, 30);
    expect(slots(model)).toEqual(['a', 'b']);
    await wait(model, 21, false);
    expect(slots(model)).toEqual(['a', 'b', 'a']);
    expect((await model.hal.boot.state(signal)).fallback).toMatchObject({
      slot: 'b',
      reason: 'hung',
    });
  });

  it('falls back when the board is rebooted before it was confirmed', async () => {
    await using model = await onTrial(1);
    await model.hal.system.reboot('by mistake', signal);
    await model.clock.pass(1);
    expect(slots(model)).toEqual(['a', 'b', 'a']);
    expect((await model.hal.boot.state(signal)).fallback?.reason).toBe('unconfirmed');
  });

  it('falls back when the power was cut before it was confirmed', async () => {
    const { medium, cutPower } = await onTrial(1);
    await cutPower();
    await using model = await modelBoard({ medium });
    expect(slots(model)).toEqual(['a']);
    expect((await model.hal.boot.state(signal)).fallback?.reason).toBe('unconfirmed');
  });

  it('gets exactly as many starts as it was armed with, also over power cuts', async () => {
    const starts: (string | undefined)[] = [];
    const { medium, cutPower } = await onTrial(3);
    await cutPower();
    for (let n = 0; n < 4; n++) {
      await using model = await modelBoard({ medium });
      starts.push(slots(model)[0]);
    }
    expect(starts).toEqual(['b', 'b', 'a', 'a']);
  });

  it('is kept after its confirmation, also when it crashes later', async () => {
    await using model = await onTrial(1);
    await model.hal.boot.confirm('b', signal);
    newest(model).end('exit code 1');
    await model.clock.pass(500);
    await model.hal.system.reboot('again', signal);
    await model.clock.pass(1);
    expect(slots(model)).toEqual(['a', 'b', 'b', 'b']);
    expect(await model.hal.boot.state(signal)).toMatchObject({ booted: 'b', onTrial: false });
  });
});

describe('ending an agent', () => {
  it('sends SIGTERM first, and kills the agent when it does not end', async () => {
    await using model = await modelBoard({ medium: flashed(), isDeaf: true });
    const agent = newest(model);
    await model.hal.system.reboot('test', signal);
    await model.hal.system.reboot('and again', signal);
    await model.clock.pass(4999);
    expect(agent.kills).toEqual(['terminate']);
    expect(model.agents).toHaveLength(1);
    await model.clock.pass(2);
    expect(agent.kills).toEqual(['terminate', 'force']);
    expect(model.agents).toHaveLength(2);
  });

  it('does not count as a crash', async () => {
    await using model = await modelBoard({ medium: flashed() });
    await model.hal.system.reboot('test', signal);
    await model.clock.pass(1);
    expect(newest(model).kills).toEqual([]);
    expect(model.agents).toHaveLength(2);
  });
});

describe('a board without an image', () => {
  it('still has a body, and can be rebooted', async () => {
    await using model = await modelBoard();
    expect(model.agents).toEqual([]);
    expect((await model.hal.boot.state(signal)).booted).toBe('');
    await model.hal.body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
    const { bootId } = await model.hal.system.info(signal);
    await model.hal.system.reboot('test', signal);
    await model.clock.pass(1);
    expect((await model.hal.system.info(signal)).bootId).not.toBe(bootId);
    expect((await model.hal.body.snapshot(signal)).mission).not.toBeNull();
  });
});
