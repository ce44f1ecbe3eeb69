import type { CloudEvent, Event } from '../../agent/events.ts';
import { nowMs } from './agent-machine.ts';
import { documentsIn } from './agent-missions.ts';
import type { Siege } from './agent-siege.ts';
import { execution } from './agent-updates.ts';
import { epoch, mapRef } from './cloud-world.ts';

/** The worst that each message of a cloud can say to a robot that listens. */

export const timestamp = Math.floor(nowMs / 1000);

/** More than a robot keeps maps of. */
export const missionIds = Array.from({ length: 20 }, (_, i) => `${epoch}-${i + 1}`);

export const withMap = missionIds.slice(0, 8);

export const grant = (missionId: string) => ({
  missionId,
  mapId: `map-${missionId}`,
  method: 'PUT' as const,
  url: 'http://nowhere',
  headers: {},
  expiresMs: nowMs + 1e9,
});

export const mapOf = (missionId: string) => ({ ...mapRef, id: `map-${missionId}` });

/** The reports that were sent last. */
const reports = (siege: Siege) => {
  const list = siege.last(/missions\/report$/)?.payload;
  return list === undefined ? [] : documentsIn(list);
};

/** The token of the newest request on a topic. */
const token = (siege: Siege, topic: RegExp) => {
  const clientToken = siege.last(topic)?.payload['clientToken'];
  return typeof clientToken === 'string' ? { clientToken } : {};
};

const timeToken = (siege: Siege): string => {
  const token = siege.last(/up\/time$/)?.payload['token'];
  return typeof token === 'string' ? token : '0'.repeat(16);
};

/** A job, new or old, with a document that the robot believes or not. */
export const offerOf = (jobId: string, change = {}): Event => ({
  type: 'cloud/job-next',
  body: { timestamp, execution: execution(jobId, change) },
});

export const anotherShadow = (siege: Siege) => ({
  state: {
    desired: { settings: { volume: siege.count() % 10, cleanMode: `${siege.count()}` } },
    reported: { settings: { volume: 99 } },
  },
  version: siege.count() * 3,
  timestamp,
});

/** Does not compile until there is a worst case of every message that a cloud can send. */
export const worst: {
  readonly [K in CloudEvent['type']]: (siege: Siege) => readonly Event[];
} = {
  'cloud/reports-accepted': (siege) => [
    {
      type: 'cloud/reports-accepted',
      body: {
        v: 1,
        accepted: reports(siege)
          .slice(0, 1)
          .map(({ missionId, ended, boot, revision }) => ({ missionId, ended, boot, revision })),
        grants: withMap.map(grant),
      },
    },
  ],
  'cloud/reports-rejected': (siege) => [
    {
      type: 'cloud/reports-rejected',
      body: {
        v: 1,
        rejected: reports(siege).map(({ missionId }) => ({
          missionId,
          code: 'id-conflict',
          message: '',
        })),
      },
    },
  ],
  'cloud/missions-requested': (siege) =>
    [epoch, reports(siege)[0]?.missionId.split('-')[0] ?? epoch].map((given) => ({
      type: 'cloud/missions-requested',
      body: { v: 1, epoch: given, from: 0, to: 1e9 },
    })),
  'cloud/map-granted': () =>
    withMap.map((missionId) => ({
      type: 'cloud/map-granted',
      body: { v: 1, missionId, mapId: `map-${missionId}`, grant: grant(missionId) },
    })),
  'cloud/map-refused': () =>
    withMap.map((missionId) => ({
      type: 'cloud/map-refused',
      body: { v: 1, missionId, mapId: `map-${missionId}`, code: 'no-such-mission', message: '' },
    })),
  'cloud/command': (siege) =>
    ['same', `new-${siege.count()}`].map((id) => ({
      type: 'cloud/command',
      body: {
        v: 1,
        id,
        command: 'locate',
        issuedMs: nowMs + siege.atMs,
        expiresMs: nowMs + siege.atMs + 1000,
        initiator: 'cloud',
      },
    })),
  'cloud/shadow-got': (siege) => [{ type: 'cloud/shadow-got', body: anotherShadow(siege) }],
  'cloud/shadow-not-got': () => [
    { type: 'cloud/shadow-not-got', body: { code: 404, message: 'none', timestamp } },
  ],
  'cloud/shadow-delta': (siege) => {
    const { state, ...rest } = anotherShadow(siege);
    return [{ type: 'cloud/shadow-delta', body: { state: state.desired, ...rest } }];
  },
  'cloud/shadow-updated': (siege) => [
    {
      type: 'cloud/shadow-updated',
      body: { version: siege.count() * 3, timestamp, ...token(siege, /shadow\/update$/) },
    },
  ],
  'cloud/shadow-not-updated': (siege) => [
    {
      type: 'cloud/shadow-not-updated',
      body: { code: 409, message: 'Version conflict', ...token(siege, /shadow\/update$/) },
    },
  ],
  'cloud/job-next': (siege) => [
    offerOf('same', { jobDocument: {} }),
    offerOf(`job-${siege.count()}`),
    { type: 'cloud/job-next', body: { timestamp } },
  ],
  'cloud/job-updated': (siege) => [
    {
      type: 'cloud/job-updated',
      jobId: jobIdOf(siege),
      body: { timestamp, ...token(siege, jobUpdate) },
    },
  ],
  'cloud/job-not-updated': (siege) => [
    {
      type: 'cloud/job-not-updated',
      jobId: jobIdOf(siege),
      body: { code: 'InvalidStateTransition', ...token(siege, jobUpdate) },
    },
  ],
  'cloud/time-received': (siege) => [
    {
      type: 'cloud/time-received',
      body: {
        v: 1,
        token: timeToken(siege),
        cloudMs: nowMs + siege.count() * 1e7,
      },
    },
  ],
  'cloud/certificate-created': () => [
    {
      type: 'cloud/certificate-created',
      body: {
        certificatePem: '{}',
        certificateId: 'a'.repeat(64),
        certificateOwnershipToken: 'token',
      },
    },
  ],
  'cloud/certificate-not-created': () => [
    { type: 'cloud/certificate-not-created', body: { statusCode: 500, errorCode: 'Internal' } },
  ],
  'cloud/thing-registered': () => [{ type: 'cloud/thing-registered', body: { thingName: 'R1' } }],
  'cloud/thing-not-registered': () => [
    { type: 'cloud/thing-not-registered', body: { statusCode: 500, errorCode: 'Internal' } },
  ],
};

/** The job whose update was sent last. */
const jobIdOf = (siege: Siege): string => siege.last(jobUpdate)?.topic.split('/').at(-2) ?? '';
const jobUpdate = /jobs\/[^/]+\/update$/;
