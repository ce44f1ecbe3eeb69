import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** Peers that reach a port without credentials, and what they cost the server. */

export interface Crowd extends Disposable {
  /** Those that the other side has not closed. */
  open(): number;
}

/** Opens TCP connections; each sends `first`, when it is given, and then nothing. Resolves when all have connected or failed. */
export async function openCrowd(
  port: number,
  count: number,
  { from = '127.0.0.1', first }: { from?: string; first?: Uint8Array } = {},
): Promise<Crowd> {
  const open = new Set<Socket>();
  await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect({ host: '127.0.0.1', port, localAddress: from });
      socket.on('error', () => {});
      // Without a reader the end of the connection would not be noticed.
      socket.resume();
      open.add(socket);
      const closed = once(socket, 'close').then(() => open.delete(socket));
      await Promise.race([once(socket, 'connect').catch(() => {}), closed]);
      if (first !== undefined) socket.write(first);
    }),
  );
  return {
    open: () => open.size,
    [Symbol.dispose]() {
      for (const socket of open) socket.destroy();
    },
  };
}

/** The open files of a process. */
export const descriptorsOf = (pid: number | undefined): number =>
  readdirSync(`/proc/${pid}/fd`).length;

/** The memory of a process, in bytes. */
export function memoryOf(pid: number | undefined): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(
    readFileSync(`/proc/${pid}/status`, 'utf8'),
  ) ?? ['', '0'];
  return Number(kilobytes) * 1024;
}

/** The log lines that unauthenticated peers have caused: rejections and errors. */
export const linesByStrangers = (log: string): string[] =>
  log.split('\n').filter((line) => /refused|"level":"error"/.test(line));
