import { Counts } from '../../agent/io/counts.ts';
import type { Journal } from '../../agent/kernel/ports.ts';

interface Note {
  readonly level: string;
  readonly text: string;
  readonly about: object;
}

/** A journal that remembers its notes. */
export function memoryJournal(): Journal & { readonly notes: readonly Note[] } {
  const notes: Note[] = [];
  const counts = new Counts();
  return {
    notes,
    note: (level, text, about) => void notes.push({ level, text, about }),
    count: counts.count,
    countRejected: (code) => counts.count('refused', code),
    counts: () => counts.all(),
  };
}
