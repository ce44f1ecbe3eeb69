import type { Socket } from 'node:net';
import type { Server, TLSSocket } from 'node:tls';
import type { Clock } from '../clock.ts';
import { PilotfishError } from '../errors.ts';
import { type AdmissionBounds, createAdmission } from './admission.ts';

/** Why the guard closed a connection. */
const connectionDrops = {
  'handshake-timeout': 'the TLS handshake did not end in time',
  evicted: 'had not proved who it is, and made room for a newer connection',
} as const satisfies Record<string, string>;

export type ConnectionDropCode = keyof typeof connectionDrops;

/** The error with which the guard destroys a connection: a reporter of socket errors need not count it again. */
export class ConnectionDrop extends PilotfishError<ConnectionDropCode> {
  constructor(code: ConnectionDropCode) {
    super(code, connectionDrops[code]);
  }
}

export interface GuardOptions {
  readonly bounds: AdmissionBounds;
  /** From the TCP connection to the end of the TLS handshake, whether or not bytes arrive in between. */
  readonly handshakeMsMax: number;
  readonly clock: Clock;
  /** Called for each connection that the guard closes. */
  readonly dropped: (drop: { code: ConnectionDropCode; address: string }) => void;
}

/** The connections of one TLS server, bounded: see `createAdmission`. */
export interface Guard {
  /** The peer has proved its identity; false when too many have, or when it has disconnected. */
  prove(socket: TLSSocket): boolean;
  /** The peer counts as unproven again. */
  unprove(socket: TLSSocket): void;
  /** Whether one more may prove itself; if not, it is counted as `connections-full`. */
  hasRoom(): boolean;
  /** Whether its handshake has ended. */
  isSecure(socket: TLSSocket): boolean;
  /** Counts a rejection of another kind, to be shown with the guard's own. */
  count(code: string): void;
  status(): GuardStatus;
  /** Destroys every connection, including those in a handshake. */
  destroyAll(): void;
  /** Destroys unproven connections, for a server that stops once its current work is done. */
  destroyUnproven(): void;
}

export interface GuardStatus {
  readonly connectionsMax: number;
  readonly unproven: number;
  readonly proven: number;
  /** Counts since the start, by code. */
  readonly refused: Readonly<Record<string, number>>;
}

/**
 * Puts a guard before a TLS or HTTPS server. Node's own bounds are not enough: `maxConnections` rejects the newest
 * connection, even a normal one, and after a failed or timed-out handshake the socket stays open until something
 * destroys it.
 *
 * INVARIANT: called before the server listens, and before any other listener of its `connection` event.
 */
export function guardServer(server: Server, options: GuardOptions): Guard {
  const { bounds, clock, handshakeMsMax, dropped } = options;
  const admission = createAdmission<Socket>(bounds);
  const open = new Set<Socket>();
  /**
   * Handshakes in progress, by their TCP address: the server's events give the TLS socket, not the TCP socket below it.
   */
  const shaking = new Map<string, { socket: Socket; stop: () => void }>();
  const below = new WeakMap<TLSSocket, Socket>();
  const refused: Record<string, number> = {};

  const count = (code: string) => {
    refused[code] = (refused[code] ?? 0) + 1;
  };
  const drop = (socket: Socket, code: ConnectionDropCode) => {
    if (socket.destroyed) return;
    const { remoteAddress: address = '' } = socket;
    count(code);
    dropped({ code, address });
    socket.destroy(new ConnectionDrop(code));
  };
  const evict = (socket: Socket | undefined) => {
    if (socket !== undefined) drop(socket, 'evicted');
  };
  const hasRoom = () => {
    const found = admission.hasRoom();
    if (!found) count('connections-full');
    return found;
  };

  const handshake = server.listeners('connection') as ((socket: Socket) => void)[];
  server.removeAllListeners('connection');
  server.on('connection', (socket) => {
    const { remoteAddress: address } = socket;
    // It has disconnected already.
    if (address === undefined) return void socket.destroy();
    // Before TLS takes it over: an error on a socket without a listener would end the process.
    socket.on('error', () => {});
    evict(admission.add(socket, address));
    open.add(socket);
    const key = keyOf(socket);
    const stop = clock.after(handshakeMsMax, () => drop(socket, 'handshake-timeout'));
    shaking.set(key, { socket, stop });
    socket.once('close', () => {
      stop();
      if (shaking.get(key)?.socket === socket) shaking.delete(key);
      admission.remove(socket);
      open.delete(socket);
    });
    for (const begin of handshake) begin.call(server, socket);
  });
  server.prependListener('secureConnection', (socket) => {
    const key = keyOf(socket);
    const found = shaking.get(key);
    shaking.delete(key);
    found?.stop();
    // Errors of the TCP socket below are passed on, and the server may have no listener, or none any more.
    socket.on('error', () => {});
    if (found === undefined) socket.destroy();
    else below.set(socket, found.socket);
  });
  // The runtime leaves this to listeners, and does nothing when HTTPS has one.
  server.on('tlsClientError', (_error, socket) => socket.destroy());

  return {
    prove(socket) {
      const found = below.get(socket);
      if (found === undefined || found.destroyed) return false;
      const isProven = admission.prove(found);
      if (!isProven) count('connections-full');
      return isProven;
    },
    unprove(socket) {
      const found = below.get(socket);
      if (found !== undefined) evict(admission.unprove(found));
    },
    hasRoom,
    isSecure: (socket) => below.has(socket),
    count,
    status: () => ({
      connectionsMax: bounds.connectionsMax,
      unproven: admission.unproven,
      proven: admission.proven,
      refused: { ...refused },
    }),
    destroyAll() {
      for (const socket of open) socket.destroy();
    },
    destroyUnproven() {
      for (const socket of open) if (!admission.isProven(socket)) socket.destroy();
    },
  };
}

const keyOf = ({ remoteAddress, remotePort, localAddress }: Socket): string =>
  `${remoteAddress} ${remotePort} ${localAddress}`;
