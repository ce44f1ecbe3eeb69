// Made by `npm run generate` from protocol/schemas; not edited by hand.
import type { Static } from 'typebox';
import type { schemas } from '../schemas/index.ts';

interface Fault {
  readonly instancePath: string;
  readonly message?: string;
  readonly params?: { readonly additionalProperty?: string };
}

/** True when `data` fits; otherwise `errors` holds the first fault. Unknown words are replaced in place. */
interface Validator<T> {
  (data: unknown): data is T;
  errors?: readonly Fault[] | null;
}

export declare const CertificateCreated: Validator<Static<typeof schemas.CertificateCreated>>;
export declare const CertificateRequest: Validator<Static<typeof schemas.CertificateRequest>>;
export declare const Command: Validator<Static<typeof schemas.Command>>;
export declare const CommandOutcome: Validator<Static<typeof schemas.CommandOutcome>>;
export declare const ExitSafeModeParams: Validator<Static<typeof schemas.ExitSafeModeParams>>;
export declare const FirmwareJob: Validator<Static<typeof schemas.FirmwareJob>>;
export declare const FirmwareManifest: Validator<Static<typeof schemas.FirmwareManifest>>;
export declare const JobExecution: Validator<Static<typeof schemas.JobExecution>>;
export declare const JobNext: Validator<Static<typeof schemas.JobNext>>;
export declare const JobRejected: Validator<Static<typeof schemas.JobRejected>>;
export declare const JobUpdateAccepted: Validator<Static<typeof schemas.JobUpdateAccepted>>;
export declare const MapGranted: Validator<Static<typeof schemas.MapGranted>>;
export declare const MapRefused: Validator<Static<typeof schemas.MapRefused>>;
export declare const MapUploadRequest: Validator<Static<typeof schemas.MapUploadRequest>>;
export declare const MissionDocument: Validator<Static<typeof schemas.MissionDocument>>;
export declare const MissionsParams: Validator<Static<typeof schemas.MissionsParams>>;
export declare const MissionsRequest: Validator<Static<typeof schemas.MissionsRequest>>;
export declare const ProvisioningRejected: Validator<Static<typeof schemas.ProvisioningRejected>>;
export declare const RenewParams: Validator<Static<typeof schemas.RenewParams>>;
export declare const ReportList: Validator<Static<typeof schemas.ReportList>>;
export declare const ReportsAccepted: Validator<Static<typeof schemas.ReportsAccepted>>;
export declare const ReportsRejected: Validator<Static<typeof schemas.ReportsRejected>>;
export declare const RequestLine: Validator<Static<typeof schemas.RequestLine>>;
export declare const ShadowDelta: Validator<Static<typeof schemas.ShadowDelta>>;
export declare const ShadowGetAccepted: Validator<Static<typeof schemas.ShadowGetAccepted>>;
export declare const ShadowRejected: Validator<Static<typeof schemas.ShadowRejected>>;
export declare const ShadowUpdateAccepted: Validator<Static<typeof schemas.ShadowUpdateAccepted>>;
export declare const SharedReportList: Validator<Static<typeof schemas.SharedReportList>>;
export declare const SignedManifest: Validator<Static<typeof schemas.SignedManifest>>;
export declare const StatusParams: Validator<Static<typeof schemas.StatusParams>>;
export declare const ThingRegistered: Validator<Static<typeof schemas.ThingRegistered>>;
export declare const ThingRequest: Validator<Static<typeof schemas.ThingRequest>>;
export declare const TimeReply: Validator<Static<typeof schemas.TimeReply>>;
export declare const TimeRequest: Validator<Static<typeof schemas.TimeRequest>>;
