import type { Journal } from '../../agent/kernel/ports.ts';

interface Note {
  readonly level: string;
  readonly text: string;
  readonly about: object;
}

/** A journal that remembers its notes. */
export function memoryJournal(): Journal & { readonly notes: readonly Note[] } {
  const notes: Note[] = [];
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  return {
    notes,
    note: (level, text, about) => void notes.push({ level, text, about }),
    count: (name) => void count(name),
    refused: (code) => void count(`refused/${code}`),
    counts: () => Object.fromEntries(counts),
  };
}
