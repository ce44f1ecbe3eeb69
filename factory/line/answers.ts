import { codeOf, explain, PilotfishError } from '../../base/errors.ts';
import { type IssueOutcome, type IssueRefusal, issue, type Station } from '../issue.ts';

/** The station's answers over HTTPS, as data: the server only writes them. */
export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** The fields for the log. */
  readonly about: {
    readonly code: string;
    readonly robotId?: string;
    readonly certificateId?: string;
  };
  /** The internal error: for the log, not for the caller. */
  readonly trouble?: string;
}

export function refuse(status: number, code: string, message: string): Answer {
  return { status, body: { code, message }, about: { code } };
}

/** A rejection's status: 4xx means that the same request will be rejected again. */
function statusOf(code: IssueRefusal): number {
  if (code === 'second-key') return 409;
  if (code === 'revoked') return 403;
  return code === 'serial' ? 400 : 422;
}

/** `POST /v1/certificates` with the body `{ "serial", "csr" }`. Does not throw. */
export async function certificate(
  station: Station,
  { body, fixture }: { body: string; fixture: string },
): Promise<Answer> {
  const given = readBody(body);
  if (given === undefined) {
    return refuse(400, 'request-shape', 'expected JSON: {"serial": "...", "csr": "PEM"}');
  }
  const robotId = given.serial.slice(0, 80);
  let outcome: IssueOutcome;
  try {
    outcome = await issue(station, { serial: given.serial, csrPem: given.csr, fixture });
  } catch (error) {
    const answer = failure(error);
    return { ...answer, about: { ...answer.about, robotId } };
  }
  if (!outcome.ok) {
    const { code, message } = outcome;
    return { status: statusOf(code), body: { code, message }, about: { code, robotId } };
  }
  const { certificateId, chainPem: chain, isNew } = outcome;
  return {
    status: 200,
    body: { certificateId, chain, isNew },
    about: { code: isNew ? 'issued' : 'same-again', robotId, certificateId },
  };
}

function readBody(body: string): { serial: string; csr: string } | undefined {
  try {
    const { serial, csr } = JSON.parse(body) as Record<string, unknown>;
    return typeof serial === 'string' && typeof csr === 'string' ? { serial, csr } : undefined;
  } catch {
    return undefined;
  }
}

const diskFull = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** 5xx: not the caller's fault, and nothing was issued. It may retry the same request at any time. */
export function failure(error: unknown): Answer {
  const code = diskFull.includes(codeOf(error)) ? 'disk-full' : codeOf(error);
  const status = code === 'disk-full' ? 507 : /^(pkcs11|config|clock)-/.test(code) ? 503 : 500;
  const trouble = explain(error);
  // The station's own messages are written for people; others may contain paths and library details.
  const isOurs = error instanceof PilotfishError;
  const message = isOurs ? error.message : 'the station has a fault; see its log';
  const shown = isOurs || code === 'disk-full' ? code : 'station-failed';
  return { status, body: { code: shown, message }, about: { code }, trouble };
}
