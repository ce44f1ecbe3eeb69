import { readFileSync } from 'node:fs';

/** Polls every few milliseconds until the answer is neither false nor undefined; fails after `deadlineMs`. */
export async function waitFor<T>(
  what: string,
  poll: () => T | Promise<T>,
  deadlineMs = 60_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const began = performance.now();
  for (;;) {
    const answer = await poll();
    if (answer !== undefined && answer !== false && answer !== null) {
      return answer as NonNullable<Exclude<T, false>>;
    }
    if (performance.now() - began > deadlineMs) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * Whether a process with this id exists and is not a zombie: some machines' first process is slow to reap the children
 * of a killed parent.
 */
export function isAlive(pid: number): boolean {
  if (!(pid > 0)) throw new Error(`${pid} is no process`);
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = readIfThere(`/proc/${pid}/stat`);
  // proc(5): the state follows the name in brackets, which may hold anything.
  return stat?.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
