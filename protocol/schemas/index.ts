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
} from './missions.ts';
import { ShadowDelta, ShadowGetAccepted, ShadowRejected, ShadowUpdateAccepted } from './shadow.ts';

/** Every schema that gets a validator, by its name. */
export const schemas = {
  Command,
  CommandOutcome,
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
  MissionsWanted,
  ReportList,
  ReportsAccepted,
  ReportsRejected,
  ShadowDelta,
  ShadowGetAccepted,
  ShadowRejected,
  ShadowUpdateAccepted,
  SignedManifest,
};
