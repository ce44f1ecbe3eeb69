import { Command, CommandOutcome } from './commands.ts';
import { FirmwareJob, FirmwareManifest, SignedManifest } from './firmware.ts';
import { JobExecution, JobNext, JobRejected, JobUpdateAccepted } from './jobs.ts';
import { MapGranted, MapRefused, MapUploadRequest } from './maps.ts';
import {
  MissionDocument,
  MissionsRequest,
  ReportList,
  ReportsAccepted,
  ReportsRejected,
  SharedReportList,
} from './missions.ts';
import {
  CertificateCreated,
  CertificateRequest,
  ProvisioningRejected,
  ThingRegistered,
  ThingRequest,
} from './provisioning.ts';
import {
  ExitSafeModeParams,
  MissionsParams,
  RenewParams,
  RequestLine,
  StatusParams,
} from './requests.ts';
import { ShadowDelta, ShadowGetAccepted, ShadowRejected, ShadowUpdateAccepted } from './shadow.ts';
import { TimeReply, TimeRequest } from './time.ts';

/** Every schema that gets a validator, by its name. */
export const schemas = {
  CertificateCreated,
  CertificateRequest,
  Command,
  CommandOutcome,
  ExitSafeModeParams,
  FirmwareJob,
  FirmwareManifest,
  JobExecution,
  JobNext,
  JobRejected,
  JobUpdateAccepted,
  MapGranted,
  MapRefused,
  MapUploadRequest,
  MissionDocument,
  MissionsParams,
  MissionsRequest,
  ProvisioningRejected,
  RenewParams,
  ReportList,
  ReportsAccepted,
  ReportsRejected,
  RequestLine,
  ShadowDelta,
  ShadowGetAccepted,
  ShadowRejected,
  ShadowUpdateAccepted,
  SharedReportList,
  SignedManifest,
  StatusParams,
  ThingRegistered,
  ThingRequest,
  TimeReply,
  TimeRequest,
};
