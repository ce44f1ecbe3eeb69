import { X509Certificate } from 'node:crypto';
import { usage } from '../../base/cli.ts';
import { codeOf, explain, PilotfishError } from '../../base/errors.ts';
import { createHttpsClient, type HttpsAnswer } from '../../base/https-client.ts';
import { readCertificateFile } from '../../base/x509/certificate-file.ts';
import { readKeyFile } from '../../base/x509/key-file.ts';
import { isObject } from '../../protocol/json.ts';
import type { Issued, StationAccess, StationRequest } from '../cli/provision.ts';

/**
 * Client of the factory's station: one HTTPS request on a connection of its own, with the fixture's client certificate.
 * It validates the server in full, follows no redirect, and bounds time and size of the answer. It never retries: the
 * operator of the line retries, and gets the same certificate.
 */

/** A chain of a few certificates has some KB. */
const answerBytesMax = 64 * 1024;
const deadlineMsUsual = 30_000;

/**
 * Requests a certificate. Throws `usage` (exit code 2) and `key-...` for invalid input, `station-unreachable`,
 * `station-untrusted`, `station-closed`, `station-timeout`, `station-answer`, and for a rejection `station-` followed
 * by the station's own code.
 */
export async function callStation(
  access: StationAccess,
  { serial, csr }: StationRequest,
  { signal, deadlineMs = deadlineMsUsual }: { signal: AbortSignal; deadlineMs?: number },
): Promise<Issued> {
  const url = certificatesOf(access.url);
  const { host } = url;
  const { ca, ...credentials } = await readCredentials(access);
  const deadline = AbortSignal.timeout(deadlineMs);
  const client = createHttpsClient(url.origin, ca, { ...credentials, answerBytesMax });
  const call = {
    ...{ method: 'POST', target: url.pathname, headers: { 'content-type': 'application/json' } },
    body: Buffer.from(JSON.stringify({ serial, csr })),
  };
  try {
    return readAnswer(host, await client.send(call, AbortSignal.any([signal, deadline])));
  } catch (error) {
    signal.throwIfAborted();
    if (!deadline.aborted) throw toStationError(host, error);
    const s = deadlineMs / 1000;
    throw new PilotfishError('station-timeout', `the station at ${host}: no answer in ${s} s`);
  } finally {
    client.close();
  }
}

function certificatesOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url?.protocol === 'https:' && `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (url !== undefined && isPlain) return new URL(`${text.replace(/\/+$/, '')}/v1/certificates`);
  throw usage(`--station is "${text}", expected an address like https://station:8444`);
}

/** The fixture's input; all of it is checked before the station is contacted. */
async function readCredentials({ caFile, certificateFile, keyFile }: StationAccess) {
  const ca = await readCertificates('--station-ca', caFile);
  const cert = await readCertificates('--fixture-cert', certificateFile);
  const privateKey = await readKeyFile(keyFile);
  if (!new X509Certificate(cert).checkPrivateKey(privateKey)) {
    throw usage(`--fixture-key ${keyFile} is not the key of --fixture-cert ${certificateFile}`);
  }
  return { ca, cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

async function readCertificates(option: string, file: string): Promise<string> {
  const read = await readCertificateFile(file);
  if (!read.ok) throw usage(`${option} ${file} cannot be used: ${read.problem}`);
  if (read.certificates.length > 0) return read.pem;
  throw usage(`${option} ${file} holds no readable certificate in PEM`);
}

/** 200 `{certificateId, chain, isNew}`, else `{code, message}`; any other answer is not from a station of ours. */
function readAnswer(host: string, { status, body }: HttpsAnswer): Issued {
  const { certificateId, chain, isNew, code, message } = readJson(body.toString('utf8'));
  if (status === 200 && typeof certificateId === 'string' && typeof chain === 'string') {
    return { certificateId, chain, isNew: isNew === true };
  }
  if (status >= 400 && typeof code === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(code)) {
    const words = typeof message === 'string' ? toPrintable(message) : 'it does not say why';
    // After a 5xx nothing was issued, and the request may be repeated.
    const hint = status >= 500 ? { hint: 'nothing was issued; try again' } : {};
    throw new PilotfishError(
      `station-${code.replace(/^station-/, '')}`,
      `the station at ${host} ${status >= 500 ? 'has trouble' : 'refuses'}: ${words}`,
      hint,
    );
  }
  throw new PilotfishError(
    'station-answer',
    `${host} does not answer like a factory station (status ${status})`,
    { hint: 'check the address of --station' },
  );
}

function readJson(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** One line, without control characters. */
const toPrintable = (text: string): string =>
  text
    .slice(0, 300)
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();

const unreachable =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL)$/;
const untrusted =
  /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA|INVALID_PURPOSE|ERR_TLS_CERT_|HOSTNAME_MISMATCH)/;

function toStationError(host: string, error: unknown): unknown {
  const at = `the station at ${host}`;
  const kind = codeOf(error);
  if (kind === 'answer-too-long') {
    return new PilotfishError('station-answer', `${at}: ${explain(error)}`);
  }
  if (kind !== 'not-reachable') return error;
  const { cause } = error as PilotfishError;
  const code = codeOf(cause);
  if (unreachable.test(code)) {
    return new PilotfishError('station-unreachable', `${at} cannot be reached (${code})`);
  }
  if (untrusted.test(code)) {
    return new PilotfishError('station-untrusted', `${at} cannot be trusted: ${explain(cause)}`, {
      hint: '--station-ca names the certificate (line-ca.crt) that came with the fixture',
    });
  }
  // A server need not say why it rejects a client.
  return new PilotfishError('station-closed', `${at} closed without an answer (${code})`, {
    hint: 'it may not take this fixture: factory fixture lists and makes them',
  });
}
