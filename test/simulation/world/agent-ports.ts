import { createTime } from '../../../agent/io/clock.ts';
import { createRuntime } from '../../../agent/io/runtime.ts';
import type { Board, Http, Link, Ports } from '../../../agent/ports.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { seededRandom } from '../../../base/random.ts';
import type { BoardCall } from '../../../hal/sim/board/calls.ts';
import { boardHal } from '../../../hal/sim/client.ts';
import { word } from './chance.ts';
import { worldTransientFiles } from './file-system.ts';
import { worldHttp } from './http.ts';
import { type Life, worldJournal } from './life.ts';
import { clockOwnerOf, firmwareOf, identityOf, mapsOf } from './robot-files.ts';
import type { World } from './world.ts';

/** The ports of one run of the agent: the world's parts, with an end scheduled before or after each step. */
export async function portsOf(world: World, life: Life): Promise<Ports> {
  const { boardClock, rules, tell } = world;
  const http = httpOf(world, life);
  const random = seededRandom(world.seed, 7, world.lives);
  return {
    time: createTime({
      wallMs: () => boardClock.wallMs(),
      monoMs: () => boardClock.monoMs(),
      after: (ms, action) => boardClock.after(ms, life.guarded(action)),
    }),
    entropy: { random, freshId: () => word(random) + word(random) },
    store: world.disk.open(
      () => life.pass('after commit'),
      () => {
        life.pass('before commit');
        if (!world.trouble.isFull) return;
        world.count('store full');
        throw new PilotfishError('store-full', 'no room');
      },
    ),
    runtime: createRuntime('run', worldTransientFiles(world.transient)),
    link: linkOf(world, life),
    identity: identityOf(world, life),
    maps: mapsOf(world, life, http),
    firmware: await firmwareOf(world, life, http),
    clockOwner: clockOwnerOf(world, life),
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
    run: (credentials, handlers, signal) => {
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
      return link.run(credentials, { ...handlers, ...guarded, up: isUp, message: heard }, signal);
    },
    publish: (topic, payload) => {
      life.reach('before publish');
      const taken = life.isAlive && link.publish(topic, payload);
      life.reach('after publish');
      return taken;
    },
  };
}

/** The object store and the path to it. Responses to a dead process never arrive. */
function httpOf({ objects }: World, life: Life): Http {
  return worldHttp((request, signal) => {
    const what = request.method === 'GET' ? 'fetch image' : 'send map';
    return life.does(what, () => objects.request(request, signal));
  });
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
  // A socket compresses a map for transport; here that would only cost time.
  const map = (missionId: string) =>
    life.does('body.map', async () => {
      const found = world.board.board?.body.map(missionId);
      if (world.isSilent()) throw unavailable();
      if (found === undefined) throw new PilotfishError('gone', 'no map is kept');
      return found;
    });
  return { ...hal, body: { ...hal.body, map } };
}

/** A call to the board. When the board does not respond, it may or may not have received the call. */
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

const unavailable = (): PilotfishError =>
  new PilotfishError('unavailable', 'the board does not answer');
