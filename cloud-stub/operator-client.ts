import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import { PilotfishError } from '../base/errors.ts';
import { createHttpsClient } from '../base/https-client.ts';
import type { FaultState } from './faults.ts';
import type { CertificateView } from './http/certificates.ts';
import type { ListenerStatus } from './http/routes.ts';
import type { ExecutionRow, ExecutionStatus, JobRow } from './job-rows.ts';
import { readOperatorKey } from './operator-key.ts';
import { presign } from './presign.ts';
import type {
  ArchiveEntry,
  CertificateStatus,
  CommandRow,
  ConnectionRefusalRow,
  DeadLetterRow,
  HandlerState,
  MeterRow,
  MissionRow,
  PresenceRow,
} from './rows.ts';
import type { Ready } from './running.ts';
import type { Found } from './services/find.ts';
import type { ThingDocument } from './services/fleet-document.ts';
import type { FleetIndexState } from './services/fleet-index.ts';
import { objectsPath } from './services/maps.ts';
import type { MissionSummary } from './services/mission-summary.ts';
import type { RobotView } from './services/robot-view.ts';
import { signRequest } from './signed-request.ts';
import { encodePath, encodeUri, sha256Hex } from './sigv4.ts';

/**
 * The operator's client for a running stub, for tools and tests: AWS's operations where there are any, ours for the
 * rest. Every call throws a `PilotfishError` with the cloud's own code (`resource-not-found`, ...) or `not-reachable`.
 */
export interface OperatorClient extends Disposable {
  /** All robots, or one. Throws `resource-not-found` for an unknown robot. */
  status(filter?: { robot?: string }): Promise<StubStatus>;
  missions(filter?: MissionFilter): Promise<MissionRow[]>;
  /** The same rows, and a summary of the missions of their robots. */
  missionTable(filter?: MissionFilter): Promise<MissionTable>;
  /** Passes an archived message to its handler again; true when it brought something new. */
  replay(entry: ArchiveEntry): Promise<boolean>;
  /** The handlers of critical messages, with their dead letters and backlog. */
  handlers(): Promise<HandlerTable>;
  setHandler(handler: string, state: string): Promise<HandlerTable>;
  /** Retries the dead letters. */
  redrive(): Promise<{ tried: number; done: number }>;
  commands(robot?: string): Promise<CommandRow[]>;
  /** The robot runs it at most once, within `lifeMs` from now. The same `id` again is the same command. */
  sendCommand(command: {
    robot: string;
    command: string;
    lifeMs: number;
    id?: string;
  }): Promise<CommandRow>;
  meters(): Promise<Record<string, MeterRow>>;
  /** `id`: the beginning of the ids. */
  certificates(filter?: { robot?: string; id?: string }): Promise<CertificateView[]>;
  updateCertificate(certificateId: string, status: CertificateStatus): Promise<void>;
  /** Sets all of a robot's certificates: blocks the robot, or admits it again. */
  updateCertificatesOf(robot: string, status: CertificateStatus): Promise<void>;
  /** Refused connections whose certificate is not in the registry. */
  connectionRefusals(): Promise<ConnectionRefusalRow[]>;
  /** Decommissions the robot, or reverses that; returns how many certificates were revoked. */
  decommission(robot: string, decommissioned: boolean): Promise<number>;
  /** The shadow document; undefined when there is none. */
  shadow(robot: string): Promise<ShadowDocument | undefined>;
  updateShadow(robot: string, state: { desired?: unknown; reported?: unknown }): Promise<void>;
  /** `document` may hold URL placeholders: see `placeholderFor`. */
  createJob(job: { jobId: string; targets: string[]; document: unknown }): Promise<void>;
  job(jobId: string): Promise<{ jobId: string; status: string } & Record<string, unknown>>;
  /** Withdraws the job, or with `robot` only that robot's execution. One that has begun needs `force`. */
  cancelJob(jobId: string, how?: JobEnding): Promise<void>;
  /** Removes the job with its executions, or with `robot` only that robot's execution. */
  deleteJob(jobId: string, how?: JobEnding): Promise<void>;
  execution(robot: string, jobId: string): Promise<ExecutionView>;
  jobs(filter?: { robot?: string; job?: string }): Promise<JobTable>;
  /** Everything with this id. */
  find(id: string): Promise<Found[]>;
  /** Throws `invalid-query`. */
  searchIndex(search: {
    readonly queryString: string;
    readonly maxResults: number;
    readonly nextToken?: string;
  }): Promise<{ readonly things: readonly ThingDocument[]; readonly nextToken?: string }>;
  indexState(): Promise<FleetIndexState>;
  /** The things whose fields in memory differed from the rows. */
  rebuildIndex(): Promise<{ readonly things: number; readonly differed: readonly string[] }>;
  /** Uploads bytes, or the file at a path. */
  putObject(key: string, body: Uint8Array | string, type: string): Promise<void>;
  getObject(key: string): Promise<Buffer>;
  /** A pre-signed GET URL, valid for `expiresS`; it is as secret as the object itself. */
  objectUrl(key: string, expiresS: number): string;
  /** The placeholder in a job document for a fresh pre-signed URL of an object. */
  placeholderFor(key: string): string;
  /** The injected faults. */
  faults(): Promise<FaultState>;
  /** Drops a robot's connections and refuses new ones for `forMs`. */
  cut(robot: string, forMs: number): Promise<FaultState>;
  /** Drops this share of the QoS 0 messages, each way. */
  drop(percent: number, seed: number): Promise<FaultState>;
  /** Lets a robot publish `perS` messages a second and discards the others; without it there is no limit. */
  throttle(robot: string, perS: number | undefined, seed: number): Promise<FaultState>;
}

export interface JobEnding {
  readonly robot?: string;
  readonly force?: boolean;
}

export interface MissionFilter {
  readonly robot?: string;
  /** Any id that the mission ever had. */
  readonly mission?: string;
  /** Only what was reported since then. */
  readonly sinceMs?: number;
  /** Only the newest, up to this number. */
  readonly limit?: number;
}

export interface MissionTable {
  readonly missions: MissionRow[];
  readonly robots: MissionSummary[];
  /** How many older ones the limit has left out. */
  readonly omitted: number;
}

export interface JobTable {
  readonly jobs: readonly (Omit<JobRow, 'document' | 'urlExpiresS'> & {
    readonly executions: readonly ExecutionRow[];
  })[];
  readonly omitted: number;
}

export interface HandlerTable {
  readonly handlers: readonly { readonly handler: string; readonly state: HandlerState }[];
  readonly deadLetters: readonly DeadLetterRow[];
}

export interface StubStatus {
  readonly nowMs: number;
  readonly connections: number;
  readonly listeners: readonly ListenerStatus[];
  readonly robots: readonly (RobotView & {
    readonly presence: PresenceRow | null;
    readonly refusals: Readonly<Record<string, number>>;
  })[];
  readonly faults: FaultState;
}

export interface ShadowDocument {
  readonly state: {
    readonly desired?: unknown;
    readonly reported?: unknown;
    readonly delta?: unknown;
  };
  readonly version: number;
  readonly timestamp: number;
}

/** Times are epoch seconds. */
export interface ExecutionView {
  readonly jobId: string;
  readonly status: ExecutionStatus;
  readonly statusDetails: { readonly detailsMap: Readonly<Record<string, string>> };
  readonly queuedAt: number;
  readonly startedAt?: number;
  readonly lastUpdatedAt: number;
  readonly versionNumber: number;
}

/** A client for the stub that reported `ready`; reads its CA and the operator's key from the files named there. */
export async function connectOperator(
  { https, serverCa, operator }: Pick<Ready, 'https' | 'serverCa' | 'operator'>,
  clock: Clock,
): Promise<OperatorClient> {
  const key = await readOperatorKey(operator);
  if (key === undefined) throw new PilotfishError('config-operator', `${operator}: no such file`);
  const client = createHttpsClient(https.url, await readFile(serverCa, 'utf8'));
  const { host } = new URL(https.url);
  const { region } = key;

  const sign = (
    { method, target, service }: { method: string; target: string; service: string },
    more: { headers: Record<string, string>; payloadHash: string },
  ) => {
    const headers = { ...more.headers, host };
    const { payloadHash } = more;
    const options = { nowMs: clock.wallMs(), region, service, credentials: key, payloadHash };
    return { ...headers, ...signRequest({ method, target, headers }, options) };
  };

  /** One JSON operation. `fields` are sent in the query of a GET and in the body of anything else. */
  const call = async <T>(
    operation: `${'GET' | 'POST' | 'PUT' | 'DELETE'} /${string}`,
    fields: Record<string, unknown> = {},
    service = 'iot',
  ): Promise<T> => {
    const [method = ''] = operation.split(' ', 1);
    // The rest as it is: a path that is cut at a blank would name something else.
    const path = operation.slice(method.length + 1);
    const pairs = Object.entries(fields).filter(([, value]) => value !== undefined);
    const query = pairs.map(([name, value]) => `${name}=${encodeUri(String(value))}`).join('&');
    const hasBody = method === 'POST' || method === 'PUT';
    const target = !hasBody && query ? `${path}?${query}` : path;
    const body = hasBody ? Buffer.from(JSON.stringify(fields)) : new Uint8Array();
    const headers = sign(
      { method, target, service },
      { headers: { 'content-type': 'application/json' }, payloadHash: sha256Hex(body) },
    );
    const answer = await client.send({
      method,
      target,
      headers: { ...headers, 'content-length': body.byteLength },
      body,
    });
    if (answer.status !== 200) throw faultOf(operation, answer);
    return JSON.parse(answer.body.toString('utf8')) as T;
  };

  return {
    status: (filter = {}) => call('GET /pilotfish/status', { ...filter }),
    async missions(filter = {}) {
      return (await call<{ missions: MissionRow[] }>('GET /pilotfish/missions', { ...filter }))
        .missions;
    },
    missionTable: (filter = {}) => call('GET /pilotfish/missions', { ...filter }),
    async replay({ id, atMs, robot, topic, payload }) {
      const entry = { id, atMs, robot, topic, payload };
      return (await call<{ isFirst: boolean }>('POST /pilotfish/replay', entry)).isFirst;
    },
    handlers: () => call('GET /pilotfish/handlers'),
    setHandler: (handler, state) => call('POST /pilotfish/handlers', { handler, state }),
    redrive: () => call('POST /pilotfish/redrive'),
    async commands(robot) {
      const answer = await call<{ commands: CommandRow[] }>('GET /pilotfish/commands', { robot });
      return answer.commands;
    },
    sendCommand: (command) => call('POST /pilotfish/commands', command),
    async meters() {
      return (await call<{ meters: Record<string, MeterRow> }>('GET /pilotfish/meters')).meters;
    },
    async certificates(filter = {}) {
      type Answer = { certificates: CertificateView[] };
      return (await call<Answer>('GET /pilotfish/certificates', filter)).certificates;
    },
    async updateCertificatesOf(robot, status) {
      await call('POST /pilotfish/certificates', { robot, status });
    },
    async connectionRefusals() {
      type Answer = { refusals: ConnectionRefusalRow[] };
      return (await call<Answer>('GET /pilotfish/connection-refusals')).refusals;
    },
    async decommission(robot, decommissioned) {
      type Answer = { certificates: number };
      return (await call<Answer>('POST /pilotfish/decommissioned', { robot, decommissioned }))
        .certificates;
    },
    async updateCertificate(certificateId, status) {
      await call(`PUT /certificates/${encodeUri(certificateId)}?newStatus=${status}`);
    },
    async shadow(robot) {
      try {
        return await call<ShadowDocument>(`GET /things/${encodeUri(robot)}/shadow`, {}, 'iotdata');
      } catch (error) {
        if (error instanceof PilotfishError && error.code === 'resource-not-found')
          return undefined;
        throw error;
      }
    },
    async updateShadow(robot, state) {
      await call(`POST /things/${encodeUri(robot)}/shadow`, { state }, 'iotdata');
    },
    async createJob({ jobId, targets, document }) {
      await call(`PUT ${jobPath(jobId)}`, { targets, document: JSON.stringify(document) });
    },
    async job(jobId) {
      type Answer = { job: { jobId: string; status: string } & Record<string, unknown> };
      return (await call<Answer>(`GET ${jobPath(jobId)}`)).job;
    },
    async cancelJob(jobId, { force = false, robot } = {}) {
      await call(`PUT ${jobPath(jobId, robot)}/cancel?force=${force}`);
    },
    async deleteJob(jobId, { force = false, robot } = {}) {
      const path = jobPath(jobId, robot);
      if (robot === undefined) return void (await call(`DELETE ${path}`, { force }));
      type Answer = { execution: { executionNumber: number } };
      const { execution } = await call<Answer>(`GET ${path}`);
      await call(`DELETE ${path}/executionNumber/${execution.executionNumber}`, { force });
    },
    async execution(robot, jobId) {
      type Answer = { execution: ExecutionView };
      return (await call<Answer>(`GET ${jobPath(jobId, robot)}`)).execution;
    },
    jobs: (filter = {}) => call('GET /pilotfish/jobs', { ...filter }),
    async find(id) {
      return (await call<{ found: Found[] }>('GET /pilotfish/find', { id })).found;
    },
    searchIndex: (search) => call('POST /indices/search', search),
    indexState: () => call('GET /pilotfish/index'),
    rebuildIndex: () => call('POST /pilotfish/index/rebuild'),
    async getObject(objectKey) {
      const target = encodePath(objectsPath + objectKey);
      const empty = sha256Hex(new Uint8Array());
      const headers = sign(
        { method: 'GET', target, service: 's3' },
        { headers: {}, payloadHash: empty },
      );
      const answer = await client.send({ method: 'GET', target, headers });
      if (answer.status !== 200) throw faultOf(`GET ${target}`, answer);
      return answer.body;
    },
    async putObject(objectKey, body, type) {
      const target = encodePath(objectsPath + objectKey);
      const { size, sha256 } = await measure(body);
      const headers = sign(
        { method: 'PUT', target, service: 's3' },
        { headers: { 'content-type': type }, payloadHash: sha256 },
      );
      const answer = await client.send({
        method: 'PUT',
        target,
        headers: { ...headers, 'content-length': size },
        body,
      });
      if (answer.status !== 200) throw faultOf(`PUT ${target}`, answer);
    },
    objectUrl: (objectKey, expiresS) =>
      presign({
        method: 'GET',
        endpoint: https.url,
        path: objectsPath + objectKey,
        expiresS,
        nowMs: clock.wallMs(),
        region,
        credentials: key,
      }),
    placeholderFor: (objectKey) =>
      `\${aws:iot:s3-presigned-url:${https.url}${objectsPath}${objectKey}}`,
    faults: () => call('GET /pilotfish/faults'),
    cut: (robot, forMs) => call('POST /pilotfish/faults', { kind: 'cut', robot, forMs }),
    drop: (percent, seed) => call('POST /pilotfish/faults', { kind: 'drop', percent, seed }),
    throttle: (robot, perS, seed) =>
      call('POST /pilotfish/faults', { kind: 'throttle', robot, perS, seed }),
    [Symbol.dispose]: client.close,
  };
}

/** Of a job, or of its execution on one robot. The id is an operator's: unencoded, it could name another job. */
const jobPath = (jobId: string, robot?: string): `/${string}` =>
  robot === undefined
    ? `/jobs/${encodeUri(jobId)}`
    : `/things/${encodeUri(robot)}/jobs/${encodeUri(jobId)}`;

async function measure(body: Uint8Array | string): Promise<{ size: number; sha256: string }> {
  if (typeof body !== 'string') return { size: body.byteLength, sha256: sha256Hex(body) };
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(body)) hash.update(chunk as Buffer);
  return { size: (await stat(body)).size, sha256: hash.digest('hex') };
}

/** `ResourceNotFoundException` becomes `resource-not-found`. S3's errors have their code in the body. */
function faultOf(
  operation: string,
  answer: { status: number; headers: Readonly<Record<string, unknown>>; body: Buffer },
): PilotfishError {
  const text = answer.body.toString('utf8');
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  const named = answer.headers['x-amzn-errortype'];
  const name = typeof named === 'string' ? named : (element('Code') ?? `Status${answer.status}`);
  const code = name
    .replace(/Exception$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
  const sentence = element('Message') ?? messageIn(text);
  // A rejection concerns the request; only a failure of the cloud concerns its paths.
  const isRefusal = sentence !== undefined && answer.status >= 400 && answer.status < 500;
  return new PilotfishError(code, isRefusal ? sentence : `${operation}: ${sentence ?? name}`);
}

function messageIn(text: string): string | undefined {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
