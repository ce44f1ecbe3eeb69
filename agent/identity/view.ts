import { roomWaitMs } from './room.ts';
import { dueMs, type IdentityState } from './state.ts';

const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The certificate and its renewal in the status. */
export function view(state: IdentityState): object {
  const { phase, current, next, previous, denials, row } = state;
  const { share, last, failures } = row;
  return {
    state: phase,
    certificate: current?.certificateId.slice(0, 16) ?? null,
    issuer: current?.issuer ?? null,
    validFrom: current && iso(current.notBeforeMs),
    validTo: current && iso(current.notAfterMs),
    renewalDue: current && share && iso(dueMs(current, share)),
    next: next?.certificateId.slice(0, 16) ?? null,
    previous: Object.values(previous).map(({ certificateId }) => certificateId.slice(0, 16)),
    roomInHours: Math.ceil(roomWaitMs(state) / 3_600_000),
    currentDenied: denials,
    last: last && { result: last.result, at: iso(last.atMs) },
    failures,
  };
}
