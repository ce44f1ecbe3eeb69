import type { Log } from '../../base/log.ts';
import type { Journal } from '../kernel/ports.ts';

/** Number of names that are counted; all others go under `other`, so that external input cannot make the table grow. */
const namesMax = 200;

/** The loop's journal: the log, and counters for events too frequent for it. */
export function createJournal(log: Log): Journal {
  const counts = new Map<string, number>();
  const logged = new Set<string>();
  const count = (name: string) => {
    const key = counts.has(name) || counts.size < namesMax ? name : 'other';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  };
  return {
    note: (level, text, about) => log[level]({ ...about }, text),
    count,
    refused(code, topic, message) {
      count(`refused/${code}`);
      if (logged.has(code)) return;
      logged.add(code);
      const about = { code, topic: topic.slice(0, 120), detail: message.slice(0, 200) };
      log.warn(about, 'message ignored');
    },
    counts: () => Object.fromEntries(counts),
  };
}
