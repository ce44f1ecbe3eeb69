import { readFileSync } from 'node:fs';

/** Where the limit cannot be read: what macOS gives a program. */
const descriptorsMaxDefault = 256;

/**
 * The most files and sockets that this process may have open (Linux: proc(5), `limits`; the runtime has already raised
 * the soft limit as far as allowed).
 */
export function descriptorsMax(): number {
  try {
    return readLimit(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    return descriptorsMaxDefault;
  }
}

/** The soft limit of open files in the text of `/proc/self/limits`. */
export function readLimit(text: string): number {
  const [, soft] = /^Max open files\s+(\d+|unlimited)\s/m.exec(text) ?? [];
  if (soft === 'unlimited') return Number.MAX_SAFE_INTEGER;
  return soft === undefined ? descriptorsMaxDefault : Number(soft);
}
