import { limits } from '../limits.ts';
import { AwsTime, Count, type Static, Table, Text, Type } from './kit.ts';

// AWS IoT Jobs documents, as far as the robot reads them. `jobDocument` is not parsed until its operation is known.

export const JobExecution = Type.Object({
  jobId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' }),
  status: Text(40),
  statusDetails: Type.Optional(
    Table(Text(limits.statusDetailCharsMax), { nameCharsMax: 128, entriesMax: 64 }),
  ),
  versionNumber: Count,
  executionNumber: Count,
  queuedAt: Type.Optional(AwsTime),
  jobDocument: Type.Optional(Type.Unknown()),
});
export type JobExecution = Static<typeof JobExecution>;

/** `notify-next`, `start-next/accepted`, `{job}/get/accepted`: without `execution` there is nothing to do. */
export const JobNext = Type.Object({
  timestamp: AwsTime,
  execution: Type.Optional(JobExecution),
  clientToken: Type.Optional(Text(64)),
});
export type JobNext = Static<typeof JobNext>;

export const JobUpdateAccepted = Type.Object({
  timestamp: AwsTime,
  clientToken: Type.Optional(Text(64)),
});
export type JobUpdateAccepted = Static<typeof JobUpdateAccepted>;

export const JobRejected = Type.Object({
  code: Text(64),
  message: Type.Optional(Text(1024)),
  clientToken: Type.Optional(Text(64)),
  executionState: Type.Optional(Type.Object({ status: Text(40), versionNumber: Count })),
});
export type JobRejected = Static<typeof JobRejected>;
