import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { boundsOf } from '../../base/connections/admission.ts';
import { descriptorsMax } from '../../base/connections/descriptors.ts';
import { guardHttps } from '../../base/connections/https-guard.ts';
import { codeOf, PilotfishError } from '../../base/errors.ts';
import { makeServerCertificate } from '../../base/x509/authority.ts';
import type { LineCa } from './line-ca.ts';
import { createRefusalTally } from './refusals.ts';
import { createServing, type ServingOptions } from './serving.ts';

/**
 * Theory of operation. The line's fixtures call the station over HTTPS with client certificates of the line's CA. The
 * server keeps no state: a request is checked, `issue` answers it from the journal or writes it there, and only then is
 * the answer sent. So a station may be killed at any time, and any number of them may serve one folder. A fixture that
 * received no answer retries and gets the same certificate.
 *
 * Everything that a caller could make grow is bounded: connections, time for handshake, headers and body, sizes,
 * concurrent requests, log lines of unknown callers. A connection is protected while a request of a recorded fixture is
 * in progress; at any other time it may be closed to make room (`base/connections/`). The number of robots per fixture
 * is not bounded: each log line counts them.
 */
export interface StationOptions extends ServingOptions {
  readonly line: LineCa;
  readonly address: string;
  /** 0 selects a free port. */
  readonly port: number;
  /** The DNS names and addresses by which fixtures reach the station. */
  readonly hostNames: readonly string[];
  /** The limit for the handshake, the headers, and a whole request, each; 10 s by default. */
  readonly timeoutMs?: number;
}

export interface RunningStation {
  readonly port: number;
  /** Accepts no more, lets requests in progress finish (at most 10 s), and resolves when all connections are closed. */
  close(): Promise<void>;
}

const connectionsMax = 128;
/** Journal, token, certificates, logs: about 30 are in use. */
const descriptorsReserved = 64;
const leastConnections = 8;
const stopMs = 10_000;

/** Starts listening. Throws `config-listen` when the address is not available. */
export async function startStation(options: StationOptions): Promise<RunningStation> {
  const { line, clock, log, timeoutMs = 10_000 } = options;
  const { random } = options.station;
  // Made at every start: nothing to store, nothing to renew while it runs.
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
    headersTimeout: timeoutMs,
    requestTimeout: timeoutMs,
    connectionsCheckingInterval: Math.min(1000, timeoutMs),
    keepAliveTimeout: 30_000,
    maxHeaderSize: 8192,
    insecureHTTPParser: false,
  });
  server.setTimeout(60_000);
  const refusals = createRefusalTally({ clock, log });
  // A request in progress reads and writes files.
  const free = Math.floor((descriptorsMax() - descriptorsReserved) / 2);
  const guard = guardHttps(server, {
    bounds: boundsOf(Math.max(leastConnections, Math.min(connectionsMax, free))),
    handshakeMsMax: timeoutMs,
    clock,
    dropped: refusals.note,
    refused: refusals.note,
  });
  const serve = createServing(options, { guard, refusals });
  server.on('request', serve);
  // The answer is the same: the body is small, or rejected.
  server.on('checkContinue', (request, response) => {
    response.writeContinue();
    serve(request, response);
  });
  await listen(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      guard.destroyUnproven();
      const cancel = clock.after(stopMs, guard.destroyAll);
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
