import { createTime } from '../../../agent/io/clock.ts';
import { createRuntime } from '../../../agent/io/runtime.ts';
import type { Board, Http, Link, Ports } from '../../../agent/ports.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { seededRandom } from '../../../base/random.ts';
import type { BoardCall } from '../../../hal/sim/board/calls.ts';
import { boardHal } from '../../../hal/sim/client.ts';
import { type AgentProcess, worldJournal } from './agent-process.ts';
import { word } from './chance.ts';
import { worldTransientFiles } from './file-system.ts';
import { worldHttp } from './http.ts';
import { clockOwnerOf, firmwareOf, identityOf, mapsOf } from './robot-files.ts';
import type { World } from './world.ts';

/** The ports of one run of the agent: the world's parts, with an end scheduled before or after each step. */
export async function portsOf(world: World, agentProcess: AgentProcess): Promise<Ports> {
  const { boardClock, rules, trace } = world;
  const http = httpOf(world, agentProcess);
  const random = seededRandom(world.seed, 7, world.runs);
  return {
    time: createTime({
      wallMs: () => boardClock.wallMs(),
      monoMs: () => boardClock.monoMs(),
      after: (ms, action) => boardClock.after(ms, agentProcess.guarded(action)),
    }),
    entropy: { random, freshId: () => word(random) + word(random) },
    store: world.disk.open(
      () => agentProcess.pass('after commit'),
      () => {
        agentProcess.pass('before commit');
        if (!world.trouble.isFull) return;
        world.count('store full');
        throw new PilotfishError('store-full', 'no room');
      },
    ),
    runtime: createRuntime('run', worldTransientFiles(world.transient)),
    link: linkOf(world, agentProcess),
    identity: identityOf(world, agentProcess),
    maps: mapsOf(world, agentProcess, http),
    firmware: await firmwareOf(world, agentProcess, http),
    clockOwner: clockOwnerOf(world, agentProcess),
    board: halOf(world, agentProcess),
    journal: worldJournal(
      (_level, text, about) => {
        rules.noted(text, about);
        trace('agent', text, about);
      },
      (name) => rules.counted(name),
    ),
  };
}

function linkOf({ network, rules }: World, agentProcess: AgentProcess): Link {
  const link = network.link(() => agentProcess.isAlive, agentProcess.image.kind === 'deaf');
  return {
    ...link,
    run: (credentials, handlers, signal) => {
      const { up, message, drained, proved } = handlers;
      const isUp = agentProcess.guarded(() => {
        rules.pending.connected();
        up();
      });
      const received = (topic: string, payload: Uint8Array) =>
        agentProcess.guarded(() => {
          rules.pending.receive(topic, payload);
          rules.withdrawals.receive(topic, payload);
          message(topic, payload);
        })();
      const guarded = {
        drained: agentProcess.guarded(drained),
        proved: agentProcess.guarded(proved),
      };
      return link.run(
        credentials,
        { ...handlers, ...guarded, up: isUp, message: received },
        signal,
      );
    },
    publish: (topic, payload) => {
      agentProcess.reach('before publish');
      const taken = agentProcess.isAlive && link.publish(topic, payload);
      agentProcess.reach('after publish');
      return taken;
    },
  };
}

/** The object store and the path to it. Responses to a dead process never arrive. */
function httpOf({ objects }: World, agentProcess: AgentProcess): Http {
  return worldHttp((request, signal) => {
    const what = request.method === 'GET' ? 'fetch image' : 'send map';
    return agentProcess.does(what, () => objects.request(request, signal));
  });
}

function halOf(world: World, agentProcess: AgentProcess): Board {
  const hal = boardHal({
    call: callOf(world, agentProcess),
    onChanged: (listener) =>
      world.board.board?.onChanged(agentProcess.guarded(listener)) ?? (() => {}),
    openSlot: async (path) => {
      const writer = await (world.board.storage?.openSlot(path) ?? new Promise<never>(() => {}));
      return {
        write: (chunk) => agentProcess.does('write image', () => writer.write(chunk)),
        sync: () => agentProcess.does('sync image', () => writer.sync()),
        close: () => writer.close(),
      };
    },
  });
  // A socket compresses a map for transport; here that would only cost time.
  const map = (missionId: string) =>
    agentProcess.does('body.map', async () => {
      const found = world.board.board?.body.map(missionId);
      if (world.isSilent()) throw unavailable();
      if (found === undefined) throw new PilotfishError('gone', 'no map is kept');
      return found;
    });
  return { ...hal, body: { ...hal.body, map } };
}

/** A call to the board. When the board does not respond, it may or may not have received the call. */
function callOf(world: World, agentProcess: AgentProcess): BoardCall {
  return ((op, params) =>
    agentProcess.does(op, async () => {
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
