import type { Log } from '../../base/log.ts';
import type { Journal } from '../kernel/ports.ts';
import { Counts } from './counts.ts';

/** The loop's journal: the log, and counters for events too frequent for it. */
export function createJournal(log: Log): Journal {
  const counts = new Counts();
  const logged = new Set<string>();
  return {
    note: (level, text, about) => log[level]({ ...about }, text),
    count: counts.count,
    countRejected(code, topic, message) {
      counts.count('refused', code);
      if (logged.has(code)) return;
      logged.add(code);
      const about = { code, topic: topic.slice(0, 120), detail: message.slice(0, 200) };
      log.warn(about, 'message ignored');
    },
    counts: () => counts.all(),
  };
}
