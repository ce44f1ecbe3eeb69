import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../base/clock.ts';
import { codeOf, explain, PilotfishError } from '../../base/errors.ts';
import type { Log } from '../../base/log.ts';
import { makeServerCertificate } from '../../base/x509/authority.ts';
import type { Station } from '../issue.ts';
import { type Answer, certificate, failure, refuse } from './answers.ts';
import { knownFixture } from './fixtures.ts';
import type { LineCa } from './line-ca.ts';
import { bodyBytesMax, callerOf, readBody, send } from './requests.ts';

/**
 * Theory of operation. The line's fixtures call the station over HTTPS with client certificates of the line's CA. The
 * server keeps nothing of its own: a request is checked, then `issue` answers it from the journal or writes it there, and
 * only then the answer leaves. So a station may be killed at any moment, and any number of them may serve one folder: what
 * a fixture did not hear it asks again, and gets the same certificate.
 *
 * Everything a caller can make grow is bounded: connections, time for handshake, headers and body, sizes, requests at
 * once. How many robots a fixture may ask for is the line's business: each log line counts them.
 */
export interface StationOptions {
  readonly station: Station;
  readonly folder: string;
  readonly line: LineCa;
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** DNS names and addresses by which fixtures reach the station. */
  readonly hostNames: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** How long a handshake, the headers, and a whole request may each take; 10 s by default. */
  readonly patienceMs?: number;
}

export interface RunningStation {
  readonly port: number;
  /** Takes no more, lets those in work end (at most 10 s), and resolves when all connections are closed. */
  close(): Promise<void>;
}

const connectionsMax = 128;
const requestsAtOnceMax = 32;
const stopMs = 10_000;

/** Starts listening. Throws `config-listen` when the address cannot be had. */
export async function startStation(options: StationOptions): Promise<RunningStation> {
  const { line, clock, log, patienceMs = 10_000 } = options;
  const { random } = options.station;
  // Made anew at every start: nothing to keep, nothing to renew while it runs.
  const tls = await makeServerCertificate({
    caKey: line.privateKey,
    caCert: line.certificatePem,
    hostNames: options.hostNames,
    nowMs: clock.wallMs(),
    random,
  });
  const server = createServer({
    key: tls.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: tls.certificatePem,
    ca: line.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    handshakeTimeout: patienceMs,
    headersTimeout: patienceMs,
    requestTimeout: patienceMs,
    connectionsCheckingInterval: Math.min(1000, patienceMs),
    keepAliveTimeout: 30_000,
    maxHeaderSize: 8192,
    insecureHTTPParser: false,
  });
  server.maxConnections = connectionsMax;
  server.setTimeout(60_000);
  const serve = createServing(options);
  server.on('request', serve);
  // The answer is the same: the body is small, or refused.
  server.on('checkContinue', (request, response) => {
    response.writeContinue();
    serve(request, response);
  });
  server.on('clientError', (error, socket) => {
    log.warn({ code: codeOf(error) }, 'a request that is not HTTP was refused');
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n');
    else socket.destroy();
  });
  server.on('tlsClientError', (error) => {
    log.warn({ code: codeOf(error) }, `a caller was refused: ${explain(error)}`);
  });
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      const cancel = clock.after(stopMs, () => server.closeAllConnections());
      await closed;
      cancel();
    },
  };
}

async function listen(
  server: ReturnType<typeof createServer>,
  { address, port }: StationOptions,
): Promise<void> {
  server.listen(port, address);
  try {
    await once(server, 'listening');
  } catch (error) {
    const message = `--listen ${address} --port ${port}: cannot listen there (${codeOf(error)})`;
    throw new PilotfishError('config-listen', message);
  }
}

const unknown = refuse(403, 'fixture-unknown', 'this certificate is not on record at the station');

/** Answers requests, and counts what the log and the health page tell. */
function createServing(options: StationOptions) {
  const { station, clock, log } = options;
  const issuedFor = new Map<string, number>();
  let atOnce = 0;
  let lastTrouble: string | undefined;

  async function answer(
    request: IncomingMessage,
    { fixture, isKnown }: { fixture: string; isKnown: () => Promise<boolean> },
  ): Promise<Answer> {
    const { method, url } = request;
    if (url === '/v1/health') {
      if (method !== 'GET') return refuse(405, 'method', 'expected GET');
      // Also an HSM that answers nothing any more shows: the requests that wait for it fill the house.
      const code = lastTrouble ?? (atOnce > requestsAtOnceMax ? 'busy' : 'ok');
      const body = { status: code === 'ok' ? 'ok' : 'trouble', code, caId: station.ca.id };
      return { status: code === 'ok' ? 200 : 503, body, about: { code } };
    }
    if (url !== '/v1/certificates') return refuse(404, 'not-found', 'no such resource');
    if (method !== 'POST') return refuse(405, 'method', 'expected POST');
    if (atOnce > requestsAtOnceMax) {
      return refuse(503, 'busy', 'too many requests at once, ask again');
    }
    const body = await readBody(request);
    if (body === undefined) {
      return refuse(413, 'body-too-large', `expected at most ${bodyBytesMax} octets`);
    }
    // The body may have taken its time, and the fixture may have been removed in it.
    if (!(await isKnown())) return unknown;
    const given = await certificate(station, { body, fixture });
    if (given.trouble !== undefined) lastTrouble = given.about.code;
    else if (given.about.code === 'issued') lastTrouble = undefined;
    return given;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startMs = clock.monoMs();
    const caller = callerOf(request);
    let fixture: string | undefined;
    let given: Answer;
    atOnce += 1;
    try {
      fixture = caller && (await knownFixture(options.folder, caller));
      const isKnown = async () =>
        caller !== undefined && (await knownFixture(options.folder, caller)) !== undefined;
      given = fixture === undefined ? unknown : await answer(request, { fixture, isKnown });
    } catch (error) {
      given = failure(error);
    } finally {
      atOnce -= 1;
    }
    send(request, response, given);
    if (fixture !== undefined && given.about.code === 'issued') {
      issuedFor.set(fixture, (issuedFor.get(fixture) ?? 0) + 1);
    }
    const { status, about, trouble } = given;
    const ms = Math.round(clock.monoMs() - startMs);
    const issued = fixture === undefined ? 0 : (issuedFor.get(fixture) ?? 0);
    const line = { fixture: fixture ?? 'unknown', ...about, status, ms, issued };
    if (trouble !== undefined) log.error({ ...line, trouble }, 'request failed');
    else if (status >= 400) log.warn(line, 'request refused');
    else log.info(line, 'request answered');
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    request.on('error', () => response.destroy());
    void serve(request, response);
  };
}
