import { connect, type Socket } from 'node:net';
import { systemClock } from '../../../base/clock.ts';
import { type Fault, timeoutMs } from './faults.ts';

export interface Pipe {
  readonly isDead: () => boolean;
  readonly end: (how: 'fin' | 'reset') => void;
}

interface PipeParts {
  readonly to: number;
  readonly latencyMs: number;
  /** Until then nothing gets through, and nothing is lost. */
  readonly heldUntilMs: number;
  readonly fault: () => Fault | undefined;
  readonly lastFaultMs: () => number;
  readonly noteBytes: (count: number) => void;
  readonly onUp: () => void;
  readonly onFault: (fault: Fault) => void;
  readonly onClosed: () => void;
}

/** One connection. All its pieces are delayed by the same time, so they keep their order. */
export function openPipe(client: Socket, parts: PipeParts): Pipe {
  const { to, latencyMs, fault, onFault, noteBytes } = parts;
  const openedMs = systemClock.monoMs();
  const broker = connect(to, '127.0.0.1');
  let state: 'open' | 'faulty' | 'dead' | 'ended' = 'open';
  let { heldUntilMs } = parts;

  const end = (how: 'fin' | 'reset') => {
    if (state === 'ended') return;
    state = 'ended';
    cancelTimeout();
    parts.onClosed();
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
  /** Applies the fault now. Returns whether the piece that it meets still gets through. */
  const applyFault = (what: Fault): boolean => {
    onFault(what);
    if (what.kind === 'stall') {
      heldUntilMs = systemClock.monoMs() + what.lastsMs;
      state = 'faulty';
      return true;
    }
    state = 'faulty';
    // A piece that gets through is answered, and the answer is lost: it is under way for as long as the piece was.
    const ms = what.passes ? latencyMs + 10 : 0;
    later(ms, () => {
      if (what.kind === 'cut') end('reset');
      else state = 'dead';
    });
    return what.passes;
  };
  const planned = fault();
  const cancelTimeout =
    planned === undefined
      ? () => {}
      : systemClock.after(Math.max(0, dueInMs(planned)) + timeoutMs, () => {
          const what = fault();
          if (what !== undefined && state === 'open') applyFault(what);
        });

  client.on('data', (piece: Buffer) => {
    noteBytes(piece.length);
    if (state === 'dead' || state === 'ended') return;
    parts.onUp();
    const what = fault();
    if (what !== undefined && state === 'open' && dueInMs(what) <= 0 && !applyFault(what)) return;
    carry(piece, broker);
  });
  broker.on('data', (piece: Buffer) => {
    if (state === 'dead' || state === 'ended') return;
    noteBytes(piece.length);
    carry(piece, client);
  });
  for (const socket of [client, broker]) socket.on('error', () => {});
  client.on('close', () => end('fin'));
  // A dead connection hides the broker's close.
  broker.on('close', () => {
    if (state !== 'dead') later(latencyMs, () => end('fin'));
  });
  return { isDead: () => state === 'dead', end };
}
