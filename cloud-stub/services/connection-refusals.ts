import { createLineBudget } from '../../base/connections/line-budget.ts';
import type { Log } from '../../base/log.ts';
import type { CloudStore } from '../ports.ts';
import type { ConnectionRefusalRow } from '../rows.ts';

/** Why a connection was refused, as exactly as the cloud knows it. A robot sees little more than that it was. */
export const connectionRefusals = {
  'no-certificate': 'the client showed no certificate',
  'unknown-ca': 'the certificate is of no CA that is trusted here',
  expired: 'the certificate is expired',
  'not-yet-valid': 'the certificate is not valid yet',
  'wrong-purpose': 'the certificate is not one for TLS clients',
  'certificate-not-valid': 'the certificate did not pass verification',
  'tls-failed': 'the handshake failed or was broken off',
  'wrong-name': 'the common name is not a robot id',
  pending: 'the certificate is PENDING_ACTIVATION',
  inactive: 'the certificate is INACTIVE',
  revoked: 'the certificate is REVOKED',
  scrapped: 'the robot is scrapped',
  'wrong-client-id': 'the client id is not the common name of the certificate',
  'last-will': 'the last will is one that the robot may not publish',
  malformed: 'the client breaks the rules of MQTT 3.1.1',
  'too-large': 'a packet of the client is larger than any that is taken',
  'other-level': 'the client speaks MQTT 5 or another version than 3.1.1',
  'handshake-timeout': 'the TLS handshake did not end in time',
  'connect-timeout': 'CONNECT did not come in time',
  evicted: 'the peer had not proved who it is, and made room for a newer connection',
  'connections-full': 'there are as many connections as there may be',
  'not-http': 'the request is not HTTP',
  'too-slow': 'the request, its body or the reading of the answer took too long',
  'not-signed': 'the request is not signed',
  'signature-malformed': 'the signature of the request is not well-formed',
  'signature-expired': 'the date of the request, or of its URL, is over or still to come',
  'unknown-access-key': 'the request is signed with a key that is not the one of this cloud',
  'wrong-signature': 'the signature of the request is wrong',
  'body-too-large':
    'the body is longer than its operation takes, or than may come before its signature is checked',
  'too-many-bodies': 'there was no room for the body of the request beside others',
} as const satisfies Record<string, string>;

export type ConnectionRefusalCode = keyof typeof connectionRefusals;

export interface ConnectionRefusal {
  readonly code: ConnectionRefusalCode;
  readonly certificateId?: string;
  readonly commonName?: string;
  readonly issuer?: string;
  readonly address?: string;
  /** More about it, such as the error's name. */
  readonly detail?: string;
}

/**
 * Refused connections: in the row of the certificate where it is known, else in a table by cause and address. They
 * gather in memory and are stored with `flush`, because strangers cause them and a durable write costs more than a
 * connection. Both the memory and the table are bounded; the least recent go first.
 */
export interface RefusalBook {
  note(refusal: ConnectionRefusal, nowMs: number): void;
  /** Stores what gathered. Belongs into a transaction. */
  flush(store: CloudStore): void;
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
/** Who has many addresses is new at each of them. */
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
      // The least recent stands first.
      entries.delete(keyOf(refusal));
      entries.set(keyOf(refusal), { ...readable(refusal), count, unsaved, firstMs, lastMs: nowMs });
      const [oldest] = entries.keys();
      if (entries.size > refusalRowsMax && oldest !== undefined) entries.delete(oldest);
      if (!isPowerOfTwo(count)) return;
      const withheld = budget.spend(nowMs);
      if (withheld !== undefined) logRefusal(log, readable(refusal), { count, withheld });
    },
    flush(store) {
      const unsaved = [...entries.values()].filter((entry) => entry.unsaved > 0);
      for (const entry of unsaved) {
        save(store, entry);
        entry.unsaved = 0;
      }
      if (unsaved.length > 0) removeOldest(store);
    },
  };
}

const keyOf = ({ code, certificateId, address = '' }: ConnectionRefusal): string =>
  `${code}/${certificateId ?? address}`;

/** A stranger's words, made fit for a log and a terminal. */
function readable(refusal: ConnectionRefusal): ConnectionRefusal {
  const clean = { ...refusal } as Record<string, string>;
  for (const [name, text] of Object.entries(clean))
    clean[name] = text.slice(0, 128).replaceAll(/[^\x20-\x7e]/g, '?');
  return clean as unknown as ConnectionRefusal;
}

/** A client in a tight loop does not fill the disk: the first, second, fourth, eighth... refusal is logged. */
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

function save(store: CloudStore, entry: Entry): void {
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
function removeOldest(store: CloudStore): void {
  const rows = store.list('connection_refusals').sort((a, b) => a.value.lastMs - b.value.lastMs);
  for (const { key } of rows.slice(0, Math.max(0, rows.length - refusalRowsMax)))
    store.remove('connection_refusals', key);
}
