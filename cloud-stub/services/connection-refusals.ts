import { createLineBudget } from '../../base/connections/line-budget.ts';
import type { Log } from '../../base/log.ts';
import type { Context } from '../core/unit.ts';
import { type ConnectionRefusal, connectionRefusals } from '../refusal-causes.ts';
import type { ConnectionRefusalRow } from '../rows.ts';

/**
 * Refused connections, in the certificate's row where it is known, otherwise in a table by cause and address. They
 * gather in memory and `flush` stores them: anybody can cause them, and a durable write costs more than a connection.
 * Both the memory and the table are bounded; the least recent entries are dropped first.
 */
export interface RefusalBook {
  note(refusal: ConnectionRefusal, nowMs: number): void;
  /** Writes what gathered in a unit of work. After its commit the returned function is called. */
  flush(store: Context['store']): () => void;
}

interface Entry extends ConnectionRefusal {
  /** Since the start. */
  count: number;
  unsaved: number;
  firstMs: number;
  lastMs: number;
}

/** Entries in memory, and rows in the table. */
export const refusalRowsMax = 500;
/** The power-of-two rule is not enough: a peer with many addresses is new at each of them. */
const linesPerMinuteMax = 30;

export function createRefusalBook(log: Log): RefusalBook {
  const entries = new Map<string, Entry>();
  const budget = createLineBudget(linesPerMinuteMax);
  return {
    note(refusal, nowMs) {
      const known = entries.get(keyOf(refusal));
      const count = (known?.count ?? 0) + 1;
      const unsaved = (known?.unsaved ?? 0) + 1;
      const firstMs = known?.unsaved ? known.firstMs : nowMs;
      // Keeps the least recent entry first.
      entries.delete(keyOf(refusal));
      entries.set(keyOf(refusal), {
        ...makeReadable(refusal),
        count,
        unsaved,
        firstMs,
        lastMs: nowMs,
      });
      const [oldest] = entries.keys();
      if (entries.size > refusalRowsMax && oldest !== undefined) entries.delete(oldest);
      if (!isPowerOfTwo(count)) return;
      const withheld = budget.spend(nowMs);
      if (withheld !== undefined) logRefusal(log, makeReadable(refusal), { count, withheld });
    },
    flush(store) {
      const unsaved = [...entries.values()].filter((entry) => entry.unsaved > 0);
      for (const entry of unsaved) save(store, entry);
      if (unsaved.length > 0) removeOldest(store);
      return () => {
        for (const entry of unsaved) entry.unsaved = 0;
      };
    },
  };
}

const keyOf = ({ code, certificateId, address = '' }: ConnectionRefusal): string =>
  `${code}/${certificateId ?? address}`;

/** Makes text from an untrusted peer safe for a log and a terminal. */
function makeReadable(refusal: ConnectionRefusal): ConnectionRefusal {
  const clean = { ...refusal } as Record<string, string>;
  for (const [name, text] of Object.entries(clean))
    clean[name] = text.slice(0, 128).replaceAll(/[^\x20-\x7e]/g, '?');
  return clean as unknown as ConnectionRefusal;
}

/** Logs the first, second, fourth, eighth... refusal, so that a client in a tight loop does not fill the disk. */
function logRefusal(
  log: Log,
  refusal: ConnectionRefusal,
  { count, withheld }: { count: number; withheld: number },
): void {
  const { code, certificateId, commonName, issuer, address, detail } = refusal;
  const about = {
    ...(commonName === undefined ? {} : { robotId: commonName }),
    ...(certificateId === undefined ? {} : { certificateId }),
    ...(issuer === undefined ? {} : { issuer }),
    ...(address === undefined ? {} : { ipAddress: address }),
    ...(detail === undefined ? {} : { detail }),
  };
  const more = withheld > 0 ? { withheld } : {};
  log.warn(
    { code, cause: connectionRefusals[code], ...about, count, ...more },
    'connection refused',
  );
}

const isPowerOfTwo = (count: number): boolean => Math.log2(count) % 1 === 0;

function save(store: Context['store'], entry: Entry): void {
  const { code, certificateId = '', unsaved, lastMs } = entry;
  const certificate = store.get('certificates', certificateId);
  if (certificate !== undefined) {
    const { lastRefusal: before } = certificate;
    const count = (before?.code === code ? before.count : 0) + unsaved;
    const lastRefusal = { code, atMs: lastMs, count };
    store.put('certificates', certificateId, { ...certificate, lastRefusal });
    return;
  }
  const { count: _count, unsaved: _unsaved, address = '', ...rest } = entry;
  const key = `${code}/${address}`;
  const known = store.get('connection_refusals', key);
  const row: ConnectionRefusalRow = { ...rest, address, count: (known?.count ?? 0) + unsaved };
  store.put('connection_refusals', key, { ...row, firstMs: known?.firstMs ?? entry.firstMs });
}

/** Once for all that is stored together: reading the table costs more than a row. */
function removeOldest(store: Context['store']): void {
  const rows = store.list('connection_refusals').sort((a, b) => a.value.lastMs - b.value.lastMs);
  for (const { key } of rows.slice(0, Math.max(0, rows.length - refusalRowsMax)))
    store.remove('connection_refusals', key);
}
