import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { systemClock } from '../../../base/clock.ts';
import type { ConnectionPlan } from './faults.ts';
import { openPipe, type Pipe } from './pipe.ts';

/** The path from a client to the broker, with faults below TLS. Counts the bytes on the client's network. */
export interface Way extends AsyncDisposable {
  readonly port: number;
  /** Both directions, as they arrived at the proxy. */
  readonly bytes: number;
  /** How long nothing has been in transit. */
  quietMs(): number;
  /** Offline, every connection ends and none is opened. */
  setOnline(isOnline: boolean): void;
  /** Closes every live connection cleanly. */
  renew(): void;
  /** Starts without faults. When the faults end, dead connections are closed visibly. */
  setFaulty(isFaulty: boolean): void;
  /** Called with every piece that a client sends. */
  onUp: () => void;
}

/** Opens a path to the port `to` on localhost. `plan` returns the fault of each connection. */
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
      // TCP repeats its SYN until it is answered.
      heldUntilMs: isFaulty ? holeUntilMs : 0,
      onUp: () => way.onUp(),
      fault: () => (isFaulty ? fault : undefined),
      lastFaultMs: () => lastFaultMs,
      onFault(fault) {
        lastFaultMs = systemClock.monoMs();
        if (fault.kind === 'hole') holeUntilMs = lastFaultMs + fault.lastsMs;
      },
      onClosed: () => pipes.delete(pipe),
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
