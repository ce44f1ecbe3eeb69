import type { Stamp } from '../../protocol/schemas/time.ts';
import { isoOf } from '../../protocol/time.ts';
import type { CertificateFacts, CredentialsName, IdentityFacts, Observation } from '../events.ts';
import type { HistoryState } from '../identity/history.ts';
import type { Json } from '../kernel/machine.ts';
import { diagnoses } from '../link/diagnoses.ts';
import { diagnoseEnd } from '../link/diagnosis.ts';
import type { LinkState } from '../link/machine.ts';
import type { ClockState } from '../time/clock-floor.ts';
import { floorOf } from '../time/floor.ts';

/** The sources of the evidence: machines' states, the disk, the clocks. */
export interface Known {
  readonly link: LinkState;
  readonly clock: ClockState;
  readonly history: HistoryState;
  /** As they are on the disk now: a robot may have been provisioned while its agent ran. */
  readonly identity: IdentityFacts;
  /** The agent's own time, which is the cloud's once that is known. */
  readonly now: Pick<Stamp, 'wallMs' | 'quality' | 'monoMs'>;
}

/** The first facts about an offline robot: what it observed, what it knows of itself, and the diagnosis. */
export function connectionReport(known: Known): { connection: object; evidence: object } {
  const { link, now } = known;
  const certificate = known.identity[link.credentials] ?? null;
  const hasConnected =
    certificate !== null && known.history.seen?.certificateId === certificate.certificateId;
  const floor = floorOf({ ...known.clock, identity: known.identity });
  // While the link is up the last failure is past: a diagnosis would name a problem that is over.
  const cause =
    link.name === 'up'
      ? null
      : link.last &&
        diagnoseEnd(link.last, {
          ...{
            wallMs: now.wallMs,
            quality: now.quality,
            floorMs: floor.ms,
            certificate,
            hasConnected,
            failures: link.failures,
          },
        });
  const { outcome, code } = known.clock.raise;
  return {
    connection: {
      state: link.name,
      since: link.name === 'up' ? momentOf(link.openedMs, now) : null,
      lastTry: link.name === 'up' ? null : momentOf(link.openedMs, now),
      nextTryInS: link.name === 'waiting' ? secondsTo(link.untilMs, now.monoMs) : null,
      observation: link.name === 'up' ? null : observationOf(link.last),
      diagnosis: cause,
      means: cause && diagnoses[cause].means,
      todo: cause && diagnoses[cause].todo,
    },
    evidence: {
      clock: isoOf(now.wallMs),
      clockQuality: now.quality,
      clockFloor: isoOf(floor.ms),
      clockFloorFrom: floor.from,
      clockRaised: code === null ? outcome : `${outcome}: ${code}`,
      ...certificateEvidence(certificate, link.credentials),
      hasConnected,
      failures: link.failures,
    },
  };
}

/** Converts a monotonic time by the best wall clock of now. */
const momentOf = (monoMs: number | null, now: Known['now']): string | null =>
  monoMs === null ? null : isoOf(Math.round(now.wallMs - now.monoMs + monoMs));

const secondsTo = (thenMs: number, nowMs: number): number =>
  Math.max(0, Math.ceil((thenMs - nowMs) / 1000));

const observationOf = (last: Observation | null): Json | null =>
  last && { kind: last.kind, code: last.code, detail: last.detail };

const certificateEvidence = (
  certificate: CertificateFacts | null,
  credentials: CredentialsName,
) => ({
  credentials,
  certificate: certificate?.certificateId ?? null,
  issuer: certificate?.issuer ?? null,
  validFrom: certificate && isoOf(certificate.notBeforeMs),
  validTo: certificate && isoOf(certificate.notAfterMs),
});
