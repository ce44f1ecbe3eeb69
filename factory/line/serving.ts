import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import type { Guard } from '../../base/connections/guard.ts';
import type { Log } from '../../base/log.ts';
import type { Station } from '../issue.ts';
import { type Answer, certificate, failure, refuse } from './answers.ts';
import { knownFixture } from './fixtures.ts';
import type { RefusalTally } from './refusals.ts';
import { bodyBytesMax, callerOf, readBody, send } from './requests.ts';

const requestsAtOnceMax = 32;

/** A certificate that a failed request left in the journal shows that the disk works again, not that the token does. */
const isOver = (trouble: string | undefined, code: string): boolean =>
  code === 'issued' || (code === 'same-again' && !trouble?.startsWith('pkcs11-'));

const unknown = refuse(403, 'fixture-unknown', 'this certificate is not on record at the station');
const busy = refuse(503, 'busy', 'too many requests at once, try again');

export interface ServingOptions {
  readonly station: Station;
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Answers requests, and counts what the log and the health page report. */
export function createServing(
  options: ServingOptions,
  { guard, refusals }: { guard: Guard; refusals: RefusalTally },
) {
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
      // This also shows an HSM that no longer responds: the requests that wait for it reach the limit.
      const code = lastTrouble ?? (atOnce > requestsAtOnceMax ? 'busy' : 'ok');
      const status = code === 'ok' ? 'ok' : 'trouble';
      const body = { status, code, caId: station.ca.id, connections: guard.status() };
      return { status: code === 'ok' ? 200 : 503, body, about: { code } };
    }
    if (url !== '/v1/certificates') return refuse(404, 'not-found', 'no such resource');
    if (method !== 'POST') return refuse(405, 'method', 'expected POST');
    if (atOnce > requestsAtOnceMax) return busy;
    const body = await readBody(request);
    if (body === undefined) {
      return refuse(413, 'body-too-large', `expected at most ${bodyBytesMax} octets`);
    }
    // Reading the body may have taken long, and the fixture may have been removed meanwhile.
    if (!(await isKnown())) return unknown;
    const given = await certificate(station, { body, fixture });
    if (given.trouble !== undefined) lastTrouble = given.about.code;
    else if (isOver(lastTrouble, given.about.code)) lastTrouble = undefined;
    return given;
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startMs = clock.monoMs();
    const socket = request.socket as TLSSocket;
    const caller = callerOf(request);
    let fixture: string | undefined;
    let given: Answer;
    let isInWork = false;
    try {
      fixture = caller && (await knownFixture(options.folder, caller));
      const isKnown = async () =>
        caller !== undefined && (await knownFixture(options.folder, caller)) !== undefined;
      if (fixture === undefined) given = unknown;
      else if (!guard.prove(socket)) given = busy;
      else {
        isInWork = true;
        atOnce += 1;
        given = await answer(request, { fixture, isKnown });
      }
    } catch (error) {
      given = failure(error);
    } finally {
      if (isInWork) atOnce -= 1;
    }
    if (response.destroyed) guard.unprove(socket);
    else response.once('close', () => guard.unprove(socket));
    const { remoteAddress: address = '' } = socket;
    send(request, response, given);
    if (fixture === undefined && given === unknown) {
      guard.count(unknown.about.code);
      // A caller without a fixture's certificate gets no log line for each request.
      return refusals.note({ code: unknown.about.code, address });
    }
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
