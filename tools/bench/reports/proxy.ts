import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { systemClock } from '../../../base/clock.ts';
import { type ConnectionPlan, type Fault, patienceMs } from './faults.ts';

/** The way from a client to the broker, with faults below TLS. Counts what the client's network carries. */
export interface Way extends AsyncDisposable {
  readonly port: number;
  /** Both directions, as they arrived at the proxy. */
  readonly bytes: number;
  /** For how long nothing has been on its way. */
  quietMs(): number;
  /** Offline, every connection ends and none is opened. */
  setOnline(isOnline: boolean): void;
  /** Ends every connection that is alive in good order. */
  renew(): void;
  /** Without faults to begin with. When they end, connections that are dead are seen to be. */
  setFaulty(isFaulty: boolean): void;
  /** Called with every piece that a client sends. */
  onUp: () => void;
}

interface Pipe {
  readonly isDead: () => boolean;
  readonly end: (how: 'fin' | 'reset') => void;
}

/** Opens a way to the port `to` on localhost. `plan` answers what befalls each connection. */
export async function openWay(to: number, plan: () => ConnectionPlan): Promise<Way> {
  const pipes = new Set<Pipe>();
  let [bytes, lastMs, isOnline, isFaulty] = [0, systemClock.monoMs(), true, false];
  let lastFaultMs = Number.NEGATIVE_INFINITY;
  let holeUntilMs = Number.NEGATIVE_INFINITY;
  const noteBytes = (count: number) => {
    bytes += count;
    lastMs = systemClock.monoMs();
  };
  const server = createServer((client) => {
    client.on('error', () => {});
    if (!isOnline) return void client.resetAndDestroy();
    const { latencyMs, fault } = plan();
    const pipe = openPipe(client, {
      to,
      latencyMs,
      noteBytes,
      // TCP says hello again and again, until it is heard.
      heldUntilMs: isFaulty ? holeUntilMs : 0,
      onUp: () => way.onUp(),
      fault: () => (isFaulty ? fault : undefined),
      lastFaultMs: () => lastFaultMs,
      struck(struck) {
        lastFaultMs = systemClock.monoMs();
        if (struck.kind === 'hole') holeUntilMs = lastFaultMs + struck.lastsMs;
      },
      gone: () => pipes.delete(pipe),
    });
    pipes.add(pipe);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endAll = (how: 'fin' | 'reset') => {
    for (const pipe of [...pipes]) pipe.end(how);
  };
  const way: Way = {
    port: (server.address() as AddressInfo).port,
    get bytes() {
      return bytes;
    },
    quietMs: () => systemClock.monoMs() - lastMs,
    setOnline(online) {
      isOnline = online;
      if (!online) endAll('reset');
    },
    renew() {
      for (const pipe of [...pipes]) if (!pipe.isDead()) pipe.end('fin');
    },
    setFaulty(faulty) {
      isFaulty = faulty;
      if (faulty) return;
      for (const pipe of [...pipes]) if (pipe.isDead()) pipe.end('reset');
    },
    onUp: () => {},
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      endAll('reset');
      await closed;
    },
  };
  return way;
}

interface PipeParts {
  readonly to: number;
  readonly latencyMs: number;
  /** Until then nothing comes through, and nothing is lost. */
  readonly heldUntilMs: number;
  readonly fault: () => Fault | undefined;
  readonly lastFaultMs: () => number;
  readonly noteBytes: (count: number) => void;
  readonly onUp: () => void;
  readonly struck: (fault: Fault) => void;
  readonly gone: () => void;
}

/** One connection. All pieces of it are late by the same time, so they keep their order. */
function openPipe(client: Socket, parts: PipeParts): Pipe {
  const { to, latencyMs, fault, struck, noteBytes } = parts;
  const openedMs = systemClock.monoMs();
  const broker = connect(to, '127.0.0.1');
  let state: 'open' | 'struck' | 'dead' | 'ended' = 'open';
  let { heldUntilMs } = parts;

  const end = (how: 'fin' | 'reset') => {
    if (state === 'ended') return;
    state = 'ended';
    cancelPatience();
    parts.gone();
    for (const socket of [client, broker]) {
      if (how === 'reset') socket.resetAndDestroy();
      else socket.destroySoon();
    }
  };
  const dueInMs = ({ afterMs, sinceLastMs }: Fault) =>
    Math.max(openedMs + afterMs, parts.lastFaultMs() + sinceLastMs) - systemClock.monoMs();
  const later = (ms: number, work: () => void) => {
    systemClock.after(Math.max(0, ms), () => {
      if (state !== 'ended') work();
    });
  };
  const carry = (piece: Buffer, socket: Socket) => {
    const ms = Math.max(latencyMs, heldUntilMs - systemClock.monoMs());
    later(ms, () => {
      if (state !== 'dead') socket.write(piece);
    });
  };
  /** The fault happens now; answers whether the piece that it meets still comes through. */
  const strike = (what: Fault): boolean => {
    struck(what);
    if (what.kind === 'stall') {
      heldUntilMs = systemClock.monoMs() + what.lastsMs;
      state = 'struck';
      return true;
    }
    state = 'struck';
    // What comes through is answered, and the answer is lost: it is on its way for as long as the piece was.
    const ms = what.passes ? latencyMs + 10 : 0;
    later(ms, () => {
      if (what.kind === 'cut') end('reset');
      else state = 'dead';
    });
    return what.passes;
  };
  const planned = fault();
  const cancelPatience =
    planned === undefined
      ? () => {}
      : systemClock.after(Math.max(0, dueInMs(planned)) + patienceMs, () => {
          const what = fault();
          if (what !== undefined && state === 'open') strike(what);
        });

  client.on('data', (piece: Buffer) => {
    noteBytes(piece.length);
    if (state === 'dead' || state === 'ended') return;
    parts.onUp();
    const what = fault();
    if (what !== undefined && state === 'open' && dueInMs(what) <= 0 && !strike(what)) return;
    carry(piece, broker);
  });
  broker.on('data', (piece: Buffer) => {
    if (state === 'dead' || state === 'ended') return;
    noteBytes(piece.length);
    carry(piece, client);
  });
  for (const socket of [client, broker]) socket.on('error', () => {});
  client.on('close', () => end('fin'));
  // A dead connection hides the broker's end.
  broker.on('close', () => {
    if (state !== 'dead') later(latencyMs, () => end('fin'));
  });
  return { isDead: () => state === 'dead', end };
}
