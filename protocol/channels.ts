import type { MessageName } from './codec.ts';

/**
 * Every message between robot and cloud, one row each, for both sides. The key is the topic, with `{robot}`, `{job}`,
 * `{shadow}` and `{template}` each for one level. A robot's subscriptions, what it may publish, how a message is read and where it
 * goes follow from its row.
 */
interface Channel {
  readonly direction: 'up' | 'down';
  /** `own`: our topics. The others are AWS's reserved ones; `renewal` is fleet provisioning, whose topics name no robot. */
  readonly service: 'own' | 'shadow' | 'jobs' | 'renewal';
  /**
   * The receiver's name for it: the agent's event, or the name in the cloud's router. `null`: no receiver here needs
   * it; it may arrive because of a wildcard.
   */
  readonly event: string | null;
  /**
   * The schema that it must match. `null` in requests to AWS's services, which are read field by field, with AWS's
   * errors.
   */
  readonly schema: MessageName | null;
}

type Service = Channel['service'];

const up = <const V extends Service, const E extends string, const S extends MessageName | null>(
  service: V,
  event: E,
  schema: S,
) => ({ direction: 'up', service, event, schema }) as const;

const down = <const V extends Service, const E extends string, const S extends MessageName>(
  service: V,
  event: E,
  schema: S,
) => ({ direction: 'down', service, event, schema }) as const;

const unused = <const V extends Service>(service: V) =>
  ({ direction: 'down', service, event: null, schema: null }) as const;

export const channels = {
  // In version 2 `SharedReportList` (`report-lists.ts`); each of its documents is checked separately.
  'robots/{robot}/up/missions/report': up('own', 'missions/report', 'ReportList'),
  'robots/{robot}/up/maps/upload': up('own', 'maps/upload', 'MapUploadRequest'),
  'robots/{robot}/up/commands/outcome': up('own', 'commands/outcome', 'CommandOutcome'),
  'robots/{robot}/up/time': up('own', 'time', 'TimeRequest'),

  'robots/{robot}/down/missions/report/accepted': down(
    'own',
    'cloud/reports-accepted',
    'ReportsAccepted',
  ),
  'robots/{robot}/down/missions/report/rejected': down(
    'own',
    'cloud/reports-rejected',
    'ReportsRejected',
  ),
  'robots/{robot}/down/missions/request': down(
    'own',
    'cloud/missions-requested',
    'MissionsRequest',
  ),
  'robots/{robot}/down/maps/upload/accepted': down('own', 'cloud/map-granted', 'MapGranted'),
  'robots/{robot}/down/maps/upload/rejected': down('own', 'cloud/map-refused', 'MapRefused'),
  'robots/{robot}/down/commands': down('own', 'cloud/command', 'Command'),
  'robots/{robot}/down/time': down('own', 'cloud/time-received', 'TimeReply'),

  // AWS IoT developer guide, "Reserved topics".
  '$aws/things/{robot}/shadow/get': up('shadow', 'shadow/get', null),
  '$aws/things/{robot}/shadow/update': up('shadow', 'shadow/update', null),
  '$aws/things/{robot}/shadow/delete': up('shadow', 'shadow/delete', null),
  '$aws/things/{robot}/shadow/get/accepted': down(
    'shadow',
    'cloud/shadow-got',
    'ShadowGetAccepted',
  ),
  '$aws/things/{robot}/shadow/get/rejected': down(
    'shadow',
    'cloud/shadow-not-got',
    'ShadowRejected',
  ),
  '$aws/things/{robot}/shadow/update/accepted': down(
    'shadow',
    'cloud/shadow-updated',
    'ShadowUpdateAccepted',
  ),
  '$aws/things/{robot}/shadow/update/rejected': down(
    'shadow',
    'cloud/shadow-not-updated',
    'ShadowRejected',
  ),
  '$aws/things/{robot}/shadow/update/delta': down('shadow', 'cloud/shadow-delta', 'ShadowDelta'),
  '$aws/things/{robot}/shadow/update/documents': unused('shadow'),
  '$aws/things/{robot}/shadow/delete/accepted': unused('shadow'),
  '$aws/things/{robot}/shadow/delete/rejected': unused('shadow'),

  // Named shadows: served by the cloud; the agent uses the classic one.
  '$aws/things/{robot}/shadow/name/{shadow}/get': up('shadow', 'shadow/get', null),
  '$aws/things/{robot}/shadow/name/{shadow}/update': up('shadow', 'shadow/update', null),
  '$aws/things/{robot}/shadow/name/{shadow}/delete': up('shadow', 'shadow/delete', null),
  '$aws/things/{robot}/shadow/name/{shadow}/get/accepted': unused('shadow'),
  '$aws/things/{robot}/shadow/name/{shadow}/get/rejected': unused('shadow'),
  '$aws/things/{robot}/shadow/name/{shadow}/update/accepted': unused('shadow'),
  '$aws/things/{robot}/shadow/name/{shadow}/update/rejected': unused('shadow'),
  '$aws/things/{robot}/shadow/name/{shadow}/update/delta': unused('shadow'),
  '$aws/things/{robot}/shadow/name/{shadow}/update/documents': unused('shadow'),
  '$aws/things/{robot}/shadow/name/{shadow}/delete/accepted': unused('shadow'),
  '$aws/things/{robot}/shadow/name/{shadow}/delete/rejected': unused('shadow'),

  '$aws/things/{robot}/jobs/get': up('jobs', 'jobs/get', null),
  '$aws/things/{robot}/jobs/start-next': up('jobs', 'jobs/start-next', null),
  '$aws/things/{robot}/jobs/{job}/get': up('jobs', 'jobs/get', null),
  '$aws/things/{robot}/jobs/{job}/update': up('jobs', 'jobs/update', null),
  '$aws/things/{robot}/jobs/notify': unused('jobs'),
  '$aws/things/{robot}/jobs/notify-next': down('jobs', 'cloud/job-next', 'JobNext'),
  '$aws/things/{robot}/jobs/get/accepted': unused('jobs'),
  '$aws/things/{robot}/jobs/get/rejected': unused('jobs'),
  '$aws/things/{robot}/jobs/start-next/accepted': unused('jobs'),
  '$aws/things/{robot}/jobs/start-next/rejected': unused('jobs'),
  '$aws/things/{robot}/jobs/{job}/get/accepted': down('jobs', 'cloud/job-next', 'JobNext'),
  '$aws/things/{robot}/jobs/{job}/get/rejected': unused('jobs'),
  '$aws/things/{robot}/jobs/{job}/update/accepted': down(
    'jobs',
    'cloud/job-updated',
    'JobUpdateAccepted',
  ),
  '$aws/things/{robot}/jobs/{job}/update/rejected': down(
    'jobs',
    'cloud/job-not-updated',
    'JobRejected',
  ),

  // AWS IoT developer guide, "Device provisioning MQTT API": only the requesting connection gets the response.
  '$aws/certificates/create-from-csr/json': up('renewal', 'renewal/create', 'CertificateRequest'),
  '$aws/certificates/create-from-csr/json/accepted': down(
    'renewal',
    'cloud/certificate-created',
    'CertificateCreated',
  ),
  '$aws/certificates/create-from-csr/json/rejected': down(
    'renewal',
    'cloud/certificate-not-created',
    'ProvisioningRejected',
  ),
  '$aws/provisioning-templates/{template}/provision/json': up(
    'renewal',
    'renewal/register',
    'ThingRequest',
  ),
  '$aws/provisioning-templates/{template}/provision/json/accepted': down(
    'renewal',
    'cloud/thing-registered',
    'ThingRegistered',
  ),
  '$aws/provisioning-templates/{template}/provision/json/rejected': down(
    'renewal',
    'cloud/thing-not-registered',
    'ProvisioningRejected',
  ),
} as const satisfies Readonly<Record<string, Channel>>;

type Channels = typeof channels;
export type Pattern = keyof Channels;
export type ChannelRow = Channels[Pattern];

/** The events of a direction, each with the name of its schema. */
type Events<D extends Channel['direction']> = {
  readonly [P in Pattern as Channels[P] extends { direction: D; event: infer E extends string }
    ? E
    : never]: Channels[P]['schema'];
};

/** What the cloud sends, by the agent's events. */
export type CloudMessages = {
  readonly [E in keyof Events<'down'>]: NonNullable<Events<'down'>[E]>;
};

/** What a robot sends, by the names of the cloud's router. */
export type RobotMessages = Events<'up'>;
