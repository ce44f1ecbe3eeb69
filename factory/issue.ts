import { createHash } from 'node:crypto';
import { PilotfishError } from '../base/errors.ts';
import { makeDeviceCertificate } from '../base/x509/authority.ts';
import { certificateId } from '../base/x509/certificates.ts';
import { type Csr, type CsrRefusal, readCsr } from '../base/x509/read-csr.ts';
import { isRobotId } from '../protocol/topics.ts';
import { type Ca, checkClock, type StationTools } from './ca.ts';
import type { Issued, Journal } from './journal.ts';
import type { Revocations } from './revocations.ts';

export interface Station extends StationTools {
  readonly ca: Ca;
  readonly journal: Journal;
  readonly revocations: Revocations;
}

export type IssueOutcome =
  | {
      readonly ok: true;
      /** The robot's certificate, then the CA's. */
      readonly chainPem: string;
      readonly certificateId: string;
      /** False: the same key had this certificate already. */
      readonly isNew: boolean;
    }
  | { readonly ok: false; readonly code: IssueRefusal; readonly message: string };

export type IssueRefusal = CsrRefusal | 'serial' | 'serial-mismatch' | 'second-key' | 'revoked';

/**
 * Issues the certificate of the robot `serial` for its request. Repeating is safe: one key and serial have one
 * certificate, and the journal records it before it leaves the station.
 *
 * A rejection changes nothing, except that a second key for a serial is quarantined. Throws what the journal, the file
 * system and the signer throw, `journal-other-ca` and `clock-wrong`.
 */
export async function issue(
  station: Station,
  request: { serial: string; csrPem: string; fixture?: string },
): Promise<IssueOutcome> {
  const { serial, csrPem, fixture } = request;
  if (!isRobotId(serial)) {
    const message = `serial ${JSON.stringify(serial.slice(0, 80))}: expected 1 to 64 of A-Z a-z 0-9 : _ -`;
    return { ok: false, code: 'serial', message };
  }
  const reading = readCsr(csrPem);
  if (!reading.ok) return reading;
  const { csr } = reading;
  if (csr.commonName !== serial) {
    const message = `the request is for ${JSON.stringify(csr.commonName)}, not for "${serial}"`;
    return { ok: false, code: 'serial-mismatch', message };
  }
  const revocation = await station.revocations.of(serial);
  if (revocation !== undefined) {
    const message = `"${serial}" is revoked (${revocation.reason}) and gets no certificate again`;
    return { ok: false, code: 'revoked', message };
  }
  const keyId = createHash('sha256').update(csr.spkiDer).digest('hex');
  const known = await station.journal.issued(serial);
  if (known !== undefined) return answerKnown(station, known, { keyId, csrPem });

  const made = await makeEntry(station, { serial, keyId, csr });
  const entry = fixture === undefined ? made : { ...made, fixture };
  if (await station.journal.add(entry)) return handOut(station, entry, true);
  // Another station process was faster: its certificate counts.
  const theirs = await station.journal.issued(serial);
  if (theirs === undefined)
    throw new PilotfishError('journal-corrupt', `${serial}: the entry is missing`);
  return answerKnown(station, theirs, { keyId, csrPem });
}

async function makeEntry(
  { ca, clock, random }: Station,
  robot: { serial: string; keyId: string; csr: Csr },
): Promise<Issued> {
  const { serial, keyId, csr } = robot;
  const nowMs = clock.wallMs();
  checkClock(ca, nowMs);
  const certificatePem = await makeDeviceCertificate({
    commonName: serial,
    publicKey: csr.publicKey,
    issuer: ca.certificatePem,
    signer: ca.signer,
    nowMs,
    random,
  });
  const id = certificateId(certificatePem);
  return { v: 1, serial, keyId, certificateId: id, certificatePem, caId: ca.id, issuedMs: nowMs };
}

/** Answers a request for a serial that already has its certificate. */
async function answerKnown(
  station: Station,
  known: Issued,
  request: { keyId: string; csrPem: string },
): Promise<IssueOutcome> {
  if (known.keyId === request.keyId) return handOut(station, known, false);
  const isRecorded = await station.journal.quarantine({
    v: 1,
    serial: known.serial,
    ...request,
    quarantinedMs: station.clock.wallMs(),
  });
  const message = [
    `"${known.serial}" has a certificate for another key (${known.certificateId.slice(0, 16)}...);`,
    isRecorded ? 'this request is in quarantine' : 'its quarantine is full, request not kept',
  ].join(' ');
  return { ok: false, code: 'second-key', message };
}

/** A clock that was corrected by hand may be a little behind its earlier time. */
const aheadMsMax = 24 * 60 * 60 * 1000;

function handOut({ ca, clock }: Station, entry: Issued, isNew: boolean): IssueOutcome {
  if (entry.issuedMs > clock.wallMs() + aheadMsMax) {
    // Until then the robot would be refused, and it would set its own clock to that time.
    const then = new Date(entry.issuedMs).toISOString().slice(0, 10);
    throw new PilotfishError(
      'clock-wrong',
      `the certificate of "${entry.serial}" was issued on ${then}, which is still to come`,
      {
        hint: 'this clock is behind, or the one of that day was ahead: then factory revoke that serial, and give the robot another',
      },
    );
  }
  if (entry.caId !== ca.id) {
    throw new PilotfishError(
      'journal-other-ca',
      `"${entry.serial}" has its certificate from another CA (${entry.caId.slice(0, 16)}...)`,
      { hint: 'use one folder per CA' },
    );
  }
  const chainPem = entry.certificatePem + ca.certificatePem;
  return { ok: true, chainPem, certificateId: entry.certificateId, isNew };
}
