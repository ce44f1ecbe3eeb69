import type { CloudEvent, Event } from '../../agent/events.ts';
import type { CloudView } from './agent-hostile-cloud.ts';
import { nowMs } from './agent-machine.ts';
import { documentsIn } from './agent-missions.ts';
import { execution } from './agent-updates.ts';
import { epoch, mapRef } from './cloud-world.ts';

/** The worst content of each message that a cloud can send. */

export const timestamp = Math.floor(nowMs / 1000);

/** More missions than a robot keeps maps of. */
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
const reports = (view: CloudView) => {
  const list = view.last(/missions\/report$/)?.payload;
  return list === undefined ? [] : documentsIn(list);
};

/** The token of the newest request on a topic. */
const token = (view: CloudView, topic: RegExp) => {
  const clientToken = view.last(topic)?.payload['clientToken'];
  return typeof clientToken === 'string' ? { clientToken } : {};
};

const timeToken = (view: CloudView): string => {
  const token = view.last(/up\/time$/)?.payload['token'];
  return typeof token === 'string' ? token : '0'.repeat(16);
};

/** An offer of a job, new or old, with a valid or an invalid document. */
export const offerOf = (jobId: string, change = {}): Event => ({
  type: 'cloud/job-next',
  body: { timestamp, execution: execution(jobId, change) },
});

export const anotherShadow = (view: CloudView) => ({
  state: {
    desired: { settings: { volume: view.count() % 10, cleanMode: `${view.count()}` } },
    reported: { settings: { volume: 99 } },
  },
  version: view.count() * 3,
  timestamp,
});

/** Does not compile until there is a worst case of every message that a cloud can send. */
export const worst: {
  readonly [K in CloudEvent['type']]: (view: CloudView) => readonly Event[];
} = {
  'cloud/reports-accepted': (view) => [
    {
      type: 'cloud/reports-accepted',
      body: {
        v: 1,
        accepted: reports(view)
          .slice(0, 1)
          .map(({ missionId, ended, boot, revision }) => ({ missionId, ended, boot, revision })),
        grants: withMap.map(grant),
      },
    },
  ],
  'cloud/reports-rejected': (view) => [
    {
      type: 'cloud/reports-rejected',
      body: {
        v: 1,
        rejected: reports(view).map(({ missionId }) => ({
          missionId,
          code: 'id-conflict',
          message: '',
        })),
      },
    },
  ],
  'cloud/missions-requested': (view) =>
    [epoch, reports(view)[0]?.missionId.split('-')[0] ?? epoch].map((given) => ({
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
  'cloud/command': (view) =>
    ['same', `new-${view.count()}`].map((id) => ({
      type: 'cloud/command',
      body: {
        v: 1,
        id,
        command: 'locate',
        issuedMs: nowMs + view.atMs,
        expiresMs: nowMs + view.atMs + 1000,
        initiator: 'cloud',
      },
    })),
  'cloud/shadow-got': (view) => [{ type: 'cloud/shadow-got', body: anotherShadow(view) }],
  'cloud/shadow-not-got': () => [
    { type: 'cloud/shadow-not-got', body: { code: 404, message: 'none', timestamp } },
  ],
  'cloud/shadow-delta': (view) => {
    const { state, ...rest } = anotherShadow(view);
    return [{ type: 'cloud/shadow-delta', body: { state: state.desired, ...rest } }];
  },
  'cloud/shadow-updated': (view) => [
    {
      type: 'cloud/shadow-updated',
      body: { version: view.count() * 3, timestamp, ...token(view, /shadow\/update$/) },
    },
  ],
  'cloud/shadow-not-updated': (view) => [
    {
      type: 'cloud/shadow-not-updated',
      body: { code: 409, message: 'Version conflict', ...token(view, /shadow\/update$/) },
    },
  ],
  'cloud/job-next': (view) => [
    offerOf('same', { jobDocument: {} }),
    offerOf(`job-${view.count()}`),
    { type: 'cloud/job-next', body: { timestamp } },
  ],
  'cloud/job-updated': (view) => [
    {
      type: 'cloud/job-updated',
      jobId: jobIdOf(view),
      body: { timestamp, ...token(view, jobUpdate) },
    },
  ],
  'cloud/job-not-updated': (view) => [
    {
      type: 'cloud/job-not-updated',
      jobId: jobIdOf(view),
      body: { code: 'InvalidStateTransition', ...token(view, jobUpdate) },
    },
  ],
  'cloud/time-received': (view) => [
    {
      type: 'cloud/time-received',
      body: {
        v: 1,
        token: timeToken(view),
        cloudMs: nowMs + view.count() * 1e7,
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
const jobIdOf = (view: CloudView): string => view.last(jobUpdate)?.topic.split('/').at(-2) ?? '';
const jobUpdate = /jobs\/[^/]+\/update$/;
