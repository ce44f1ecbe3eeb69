import { Command, CommandOutcome } from './commands.ts';
import { FirmwareJob, FirmwareManifest, SignedManifest } from './firmware.ts';
import { JobExecution, JobNext, JobRejected, JobUpdateAccepted } from './jobs.ts';
import { MapGranted, MapRefused, MapWanted } from './maps.ts';
import {
  MissionDocument,
  MissionsWanted,
  ReportList,
  ReportsAccepted,
  ReportsRejected,
  SharedReportList,
} from './missions.ts';
import {
  CertificateCreated,
  CertificateWanted,
  ProvisioningRejected,
  ThingRegistered,
  ThingWanted,
} from './provisioning.ts';
import {
  ExitSafeModeParams,
  MissionsParams,
  RenewParams,
  RequestLine,
  StatusParams,
} from './requests.ts';
import { ShadowDelta, ShadowGetAccepted, ShadowRejected, ShadowUpdateAccepted } from './shadow.ts';
import { TimeTold, TimeWanted } from './time.ts';

/** Every schema that gets a validator, by its name. */
export const schemas = {
  CertificateCreated,
  CertificateWanted,
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
  MapWanted,
  MissionDocument,
  MissionsParams,
  MissionsWanted,
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
  ThingWanted,
  TimeTold,
  TimeWanted,
};
