import { roomWaitMs } from './room.ts';
import { dueMs, type IdentityState } from './state.ts';

const formatTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The certificate and its renewal in the status. */
export function identityView(state: IdentityState): object {
  const { phase, current, next, previous, denials, row } = state;
  const { share, last, failures } = row;
  return {
    state: phase,
    certificate: current?.certificateId.slice(0, 16) ?? null,
    issuer: current?.issuer ?? null,
    validFrom: current && formatTime(current.notBeforeMs),
    validTo: current && formatTime(current.notAfterMs),
    renewalDue: current && share && formatTime(dueMs(current, share)),
    next: next?.certificateId.slice(0, 16) ?? null,
    previous: Object.values(previous).map(({ certificateId }) => certificateId.slice(0, 16)),
    roomInHours: Math.ceil(roomWaitMs(state) / 3_600_000),
    currentDenied: denials,
    last: last && { result: last.result, at: formatTime(last.atMs) },
    failures,
  };
}
