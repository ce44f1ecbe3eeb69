import { createTime } from '../../../agent/io/clock.ts';
import type { Board, Link, Ports } from '../../../agent/ports.ts';
import { PilotfishError } from '../../../base/errors.ts';
import type { BoardCall } from '../../../hal/sim/board/calls.ts';
import { seededRandom } from '../../../hal/sim/body/random.ts';
import { boardHal } from '../../../hal/sim/client.ts';
import { word } from './chance.ts';
import { type Life, worldJournal } from './life.ts';
import type { Disk } from './pairs.ts';
import { firmwarePort, mapsPort } from './robot-files.ts';
import type { World } from './world.ts';

/** The outside as one life of the agent has it: the world's parts, with an end arranged before or after each step. */
export function portsOf(world: World, life: Life): Ports {
  const { boardClock, files, objects, rules, tell } = world;
  const draw = seededRandom(world.seed, 7, world.lives);
  return {
    time: createTime({
      wallMs: () => boardClock.wallMs(),
      monoMs: () => boardClock.monoMs(),
      after: (ms, action) => boardClock.after(ms, life.guarded(action)),
    }),
    entropy: { draw, nonce: () => word(draw) + word(draw) },
    store: world.disk.open(
      () => life.pass('after commit'),
      () => {
        life.pass('before commit');
        if (!world.trouble.isFull) return;
        world.count('store full');
        throw new PilotfishError('store-full', 'no room');
      },
    ),
    runtime: world.runtime,
    link: linkOf(world, life),
    identity: world.pairs.identity(pairsOf(world, life)),
    maps: mapsPort(life, files, objects),
    firmware: firmwarePort(life, { files, objects, image: life.image }),
    board: halOf(world, life),
    journal: worldJournal(
      (_level, text, about) => {
        rules.noted(text, about);
        tell('agent', text, about);
      },
      (name) => rules.counted(name),
    ),
  };
}

function linkOf({ network, rules }: World, life: Life): Link {
  const link = network.link(() => life.isAlive, life.image.kind === 'deaf');
  return {
    ...link,
    run: (pair, handlers, signal) => {
      const { up, message, drained, proved } = handlers;
      const isUp = life.guarded(() => {
        rules.wanted.connected();
        up();
      });
      const heard = (topic: string, payload: Uint8Array) =>
        life.guarded(() => {
          rules.wanted.heard(topic, payload);
          message(topic, payload);
        })();
      const guarded = { drained: life.guarded(drained), proved: life.guarded(proved) };
      return link.run(pair, { ...handlers, ...guarded, up: isUp, message: heard }, signal);
    },
    publish: (topic, payload) => {
      life.reach('before publish');
      const taken = life.isAlive && link.publish(topic, payload);
      life.reach('after publish');
      return taken;
    },
  };
}

function halOf(world: World, life: Life): Board {
  const hal = boardHal({
    call: callOf(world, life),
    onChanged: (listener) => world.board.board?.onChanged(life.guarded(listener)) ?? (() => {}),
    openSlot: async (path) => {
      const writer = await (world.board.storage?.openSlot(path) ?? new Promise<never>(() => {}));
      return {
        write: (chunk) => life.does('write image', () => writer.write(chunk)),
        sync: () => life.does('sync image', () => writer.sync()),
        close: () => writer.close(),
      };
    },
  });
  // A socket packs a map for its way; here that would only cost time.
  const map = (missionId: string) =>
    life.does('body.map', async () => {
      const found = world.board.board?.body.map(missionId);
      if (world.isSilent()) throw unavailable();
      if (found === undefined) throw new PilotfishError('gone', 'no map is kept');
      return found;
    });
  return { ...hal, body: { ...hal.body, map } };
}

/** A call to the board; when that is silent, it may have heard or not. */
function callOf(world: World, life: Life): BoardCall {
  return ((op, params) =>
    life.does(op, async () => {
      const { board } = world.board;
      if (board === undefined || world.isSilent()) throw unavailable();
      world.rules.asked(op, params);
      const answer = await board.handle(op, params);
      if (op === 'body.command') world.board.touched();
      if (op !== 'body.snapshot' && world.isSilent()) throw unavailable();
      return answer;
    })) as BoardCall;
}

/** One change of the pairs after another, each some time later; now and then the disk fails. */
function pairsOf(world: World, life: Life): Disk {
  const { clock, trouble, rules } = world;
  const chance = world.stream('disk');
  const make = async <T>(change: () => T | Promise<T>): Promise<T> => {
    await new Promise<void>((done) => clock.after(chance() * 2000, done));
    if (!life.isAlive) return new Promise(() => {});
    if (trouble.diskFails > 0 && chance() < trouble.diskFails) {
      world.count('disk-fails');
      throw new PilotfishError('EIO', 'the disk failed');
    }
    const done = await change();
    rules.lookAtPairs();
    if (trouble.spoils > 0 && chance() < trouble.spoils) spoil(world, chance() * 5000);
    return done;
  };
  let last: Promise<unknown> = Promise.resolve();
  return (change) => {
    const work = () => life.does('change pairs', () => make(change));
    const done = last.then(work, work);
    last = done.catch(() => {});
    return done;
  };
}

/** An operator revokes the next certificate before it has connected: the one in use must still be there. */
function spoil(world: World, inMs: number): void {
  const { clock, pairs, network, cloud } = world;
  clock.after(inMs, () => {
    const id = pairs.facts.next?.certificateId;
    if (id === undefined || network.admitted.has(id)) return;
    world.count('spoil');
    cloud.operator.updateCertificate(id, 'REVOKED', cloud.nowMs);
  });
}

const unavailable = (): PilotfishError =>
  new PilotfishError('unavailable', 'the board does not answer');
