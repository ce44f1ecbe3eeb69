import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { Guard } from '../../base/connections/guard.ts';

/** Limits the time of one exchange. A peer that sends or reads byte by byte holds a connection, and perhaps a file. */
export interface Watch {
  /**
   * The signature is valid: from now on it may take as long as bytes move. False when too many exchanges are in
   * progress, or when this `owner` has them on too many connections.
   */
  prove(owner?: string): boolean;
}

export interface TooSlow {
  /** Counts an exchange that has come to its limit. */
  count(): void;
  /** The answer to an authenticated peer that has none yet; the connection closes after it. */
  answer(): void;
}

export interface WatchOptions {
  readonly clock: Clock;
  readonly guard: Guard;
  /** From the headers to the valid signature, or to the end of a rejected exchange. */
  readonly unprovenMsMax: number;
  /** In each such interval `windowBytesMin` bytes must move, in either direction. */
  readonly windowMs: number;
  /** On how many connections one owner may have exchanges in progress; by default on any number. */
  readonly perOwnerMax?: number | undefined;
}

/** Slower than any modem. */
const windowBytesMin = 4096;

export function createWatch(options: WatchOptions) {
  const { clock, guard, unprovenMsMax, windowMs, perOwnerMax = Infinity } = options;
  /** Authenticated exchanges in progress: a client may send its next request before it has the answer. */
  const inWork = new WeakMap<TLSSocket, { exchanges: number; end(): void }>();
  /** Connections in work, by owner. */
  const owned = new Map<string, number>();
  const change = (owner: string, by: 1 | -1) => {
    const count = (owned.get(owner) ?? 0) + by;
    if (count > 0) owned.set(owner, count);
    else owned.delete(owner);
  };
  const begin = (socket: TLSSocket, owner: string) => {
    const end = () => {
      if (!inWork.delete(socket)) return;
      socket.off('close', end);
      change(owner, -1);
    };
    change(owner, 1);
    // An exchange that waits for the answer before its own does not learn of this.
    socket.once('close', end);
    const work = { exchanges: 0, end };
    inWork.set(socket, work);
    return work;
  };
  const release = (socket: TLSSocket) => {
    const work = inWork.get(socket);
    if (work === undefined) return;
    work.exchanges -= 1;
    if (work.exchanges > 0) return;
    work.end();
    guard.unprove(socket);
  };

  return (request: IncomingMessage, response: ServerResponse, tooSlow: TooSlow): Watch => {
    const socket = request.socket as TLSSocket;
    let isProven = false;
    let isAnswered = false;
    const end = () => {
      if (socket.destroyed) return;
      tooSlow.count();
      if (!isProven || response.headersSent) return void socket.destroy();
      tooSlow.answer();
      // With its answer sent, nobody else would end the reading of the body.
      socket.once('close', () => request.destroy());
      // A peer that reads nothing either is left to the socket's own timeout.
      socket.destroySoon();
    };
    let cancel = clock.after(unprovenMsMax, end);
    const pollAgain = (before: number) => {
      cancel = clock.after(windowMs, () => {
        const moved = bytesMoved(socket);
        if (moved - before < windowBytesMin) end();
        else pollAgain(moved);
      });
    };
    const settle = () => {
      // The answer is sent and the rest of the body is still arriving: the peer gets no extra time for that.
      if (!socket.destroyed && !(isAnswered && request.complete)) return;
      cancel();
      if (isProven) release(socket);
      isProven = false;
    };
    response.once('close', () => {
      isAnswered = true;
      settle();
    });
    request.once('end', settle);
    request.once('close', settle);
    return {
      prove(owner = '') {
        const work = inWork.get(socket);
        if (work === undefined && (owned.get(owner) ?? 0) >= perOwnerMax) {
          guard.count('connections-full');
          return false;
        }
        if (!guard.prove(socket)) return false;
        (work ?? begin(socket, owner)).exchanges += 1;
        isProven = true;
        cancel();
        pollAgain(bytesMoved(socket));
        return true;
      },
    };
  };
}

const bytesMoved = (socket: TLSSocket): number =>
  socket.bytesRead + socket.bytesWritten - socket.writableLength;
