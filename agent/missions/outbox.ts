import { jsonBytes } from '../../protocol/codec.ts';
import { compareOrder } from '../../protocol/missions.ts';
import type { MissionDocument, OrderKey } from '../../protocol/schemas/missions.ts';

/** A final document to be sent to the cloud, or kept as history. */
export interface Entry {
  readonly document: MissionDocument;
  /**
   * `awaiting-map`: not sent before its map is kept or known to be absent; `unconfirmed`: resent until the cloud has
   * stored it; `confirmed`: history; `rejected`: a dead letter, never sent again.
   */
  readonly state: 'awaiting-map' | 'unconfirmed' | 'confirmed' | 'rejected';
  readonly code?: string;
}

/** Oldest first. Immutable. */
export type Outbox = ReadonlyMap<string, Entry>;

export const withState = (outbox: Outbox, state: Entry['state']): Entry[] =>
  [...outbox.values()].filter((entry) => entry.state === state);

export function replaceEntry(outbox: Outbox, entry: Entry): Outbox {
  return new Map(outbox).set(entry.document.missionId, entry);
}

/** Marks what the cloud has stored. Keys of other documents or revisions are ignored. */
export function confirmEntries(outbox: Outbox, keys: readonly OrderKey[]): Outbox {
  let next: Map<string, Entry> | undefined;
  for (const key of keys) {
    const entry = outbox.get(key.missionId);
    if (entry?.state !== 'unconfirmed' || compareOrder(entry.document, key) !== 0) continue;
    next ??= new Map(outbox);
    next.set(key.missionId, { ...entry, state: 'confirmed' });
  }
  return next ?? outbox;
}

/** Size of a document as JSON, in bytes. Documents are immutable, so each is measured once (`measured`). */
export type Sizes = WeakMap<MissionDocument, number>;

function bytesOf({ document }: Entry, measured: Sizes): number {
  const known = measured.get(document);
  if (known !== undefined) return known;
  const bytes = jsonBytes(document) + entryBytes;
  measured.set(document, bytes);
  return bytes;
}

/** Size of an entry besides its document: its state and a code. */
const entryBytes = 48;

/**
 * Keeps the outbox within its bounds. It removes history first (the oldest confirmed documents), then dead letters,
 * then the oldest documents without confirmation: those are `dropped`, and their count is reported to the cloud.
 * History is removed a twentieth at a time, so that most missions cost the flash no removal.
 */
export function boundOutbox(
  outbox: Outbox,
  bounds: { reportsMax: number; bytesMax: number },
  measured: Sizes,
): { outbox: Outbox; dropped: readonly string[] } {
  let bytes = 0;
  for (const entry of outbox.values()) bytes += bytesOf(entry, measured);
  const fits = (kept: Outbox, part = 1) =>
    kept.size <= bounds.reportsMax * part && bytes <= bounds.bytesMax * part;
  if (fits(outbox)) return { outbox, dropped: [] };
  const next = new Map(outbox);
  const dropped: string[] = [];
  for (const state of ['confirmed', 'rejected', 'unconfirmed', 'awaiting-map'] as const) {
    for (const [id, entry] of outbox) {
      if (fits(next, state === 'confirmed' ? 0.95 : 1)) break;
      if (entry.state !== state) continue;
      next.delete(id);
      bytes -= bytesOf(entry, measured);
      if (state === 'unconfirmed' || state === 'awaiting-map') dropped.push(id);
    }
  }
  return { outbox: next, dropped };
}
