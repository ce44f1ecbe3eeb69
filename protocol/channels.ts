import type { MessageName } from './codec.ts';

/** Every event that a message can become, with the schema that it must fit. */
export const cloudMessages = {
  'cloud/reports-accepted': 'ReportsAccepted',
  'cloud/reports-rejected': 'ReportsRejected',
  'cloud/missions-wanted': 'MissionsWanted',
  'cloud/map-granted': 'MapGranted',
  'cloud/map-refused': 'MapRefused',
  'cloud/command': 'Command',
  'cloud/shadow-got': 'ShadowGetAccepted',
  'cloud/shadow-not-got': 'ShadowRejected',
  'cloud/shadow-delta': 'ShadowDelta',
  'cloud/shadow-updated': 'ShadowUpdateAccepted',
  'cloud/shadow-not-updated': 'ShadowRejected',
  'cloud/job-next': 'JobNext',
  'cloud/job-updated': 'JobUpdateAccepted',
  'cloud/job-not-updated': 'JobRejected',
  'cloud/time-told': 'TimeTold',
  'cloud/certificate-created': 'CertificateCreated',
  'cloud/certificate-not-created': 'ProvisioningRejected',
  'cloud/thing-registered': 'ThingRegistered',
  'cloud/thing-not-registered': 'ProvisioningRejected',
} as const satisfies Record<string, MessageName>;

export type CloudMessages = typeof cloudMessages;
