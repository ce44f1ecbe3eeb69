/**
 * A payload corrupted by a broken intermediary: cut short, or with a byte that JSON allows nowhere. (TLS protects the
 * connection itself. A change that leaves valid JSON of the right form could be detected by no receiver.)
 */
export function revoked(payload: Uint8Array, draw: () => number): Uint8Array {
  const at = Math.floor(draw() * payload.byteLength);
  if (draw() < 0.5) return payload.slice(0, at);
  const bytes = payload.slice();
  bytes[at] = 7;
  return bytes;
}

/** Valid JSON without meaning, in place of a message on this topic. */
export function junk(topic: string, draw: () => number): Uint8Array {
  const made = [
    {},
    [],
    null,
    { v: 2 },
    { v: 1, reports: [{ missionId: 'none' }] },
    { v: 1, accepted: [{ missionId: '0000000000000000-1', ended: true, boot: 1, revision: 1 }] },
    { v: 1, rejected: [{ missionId: '0000000000000000-1', code: 'id-conflict', message: '' }] },
    { v: 1, id: 'x', command: 'start', issuedMs: 0, expiresMs: 0, initiator: 'cloud' },
    { version: -1, timestamp: 'soon', state: topic },
    { timestamp: 0, execution: { jobId: '', status: '?' } },
  ];
  const index = Math.floor(draw() * made.length);
  return new TextEncoder().encode(JSON.stringify(made[index]));
}
