import { readFileSync } from 'node:fs';

/** Looks every few milliseconds until the answer is neither false nor undefined; fails after `deadlineMs`. */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  deadlineMs = 60_000,
): Promise<NonNullable<Exclude<T, false>>> {
  const began = performance.now();
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== false && answer !== null) {
      return answer as NonNullable<Exclude<T, false>>;
    }
    if (performance.now() - began > deadlineMs) throw new Error(`never came true: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/**
 * Whether a process with this id is there and not a zombie: whom a killed parent leaves behind, some machines' first
 * process takes its time to bury.
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
