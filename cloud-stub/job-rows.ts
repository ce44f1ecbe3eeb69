import type { RobotId } from '../protocol/topics.ts';

/** The rows of jobs and their executions. */

export const targetSelections = ['SNAPSHOT', 'CONTINUOUS'] as const;
/** CONTINUOUS: it follows its thing groups, and never completes. */
export type TargetSelection = (typeof targetSelections)[number];

export interface JobRow {
  jobId: string;
  /** SCHEDULED: its start time or next maintenance window has not come. */
  status: 'SCHEDULED' | 'IN_PROGRESS' | 'COMPLETED' | 'CANCELED';
  targetSelection: TargetSelection;
  /** The things that get an execution, in this order. */
  targets: RobotId[];
  /** The thing groups that it was made for, and the things that were named beside them; absent: things only. */
  groups?: string[];
  named?: RobotId[];
  /** JSON text, as the operator gave it; URL placeholders are unexpanded. */
  document: string;
  urlExpiresS: number;
  description?: string;
  /** The role that AWS would sign the URLs with: stored and returned, because the stub signs by itself. */
  roleArn?: string;
  /** An IN_PROGRESS execution times out after this. */
  timeoutMinutes?: number;
  /** How fast its executions are queued; absent: all at once. */
  rollout?: Rollout;
  /** How many of the targets have got their execution so far; absent: all. */
  rolledOut?: number;
  schedule?: Schedule;
  /** Its end time has come: what is queued goes on, and it gets no further targets. */
  rolloutEnded?: true;
  /** When enough executions have failed, the rest is canceled. */
  abort?: AbortCriterion[];
  /** How often a failed execution is queued again. */
  retry?: RetryCriterion[];
  forceCanceled?: true;
  /** Why it was canceled. */
  reasonCode?: string;
  comment?: string;
  createdMs: number;
  changedMs: number;
  completedMs?: number;
}

export const endBehaviors = ['STOP_ROLLOUT', 'CANCEL', 'FORCE_CANCEL'] as const;

/** When it may roll out, as the operator gave it (AWS: SchedulingConfig). */
export interface Schedule {
  startTime?: string;
  endTime?: string;
  endBehavior?: (typeof endBehaviors)[number];
  /** One; `startTime` is a cron expression. */
  maintenanceWindows?: { startTime: string; durationInMinutes: number }[];
}

export interface Rollout {
  /** The highest rate, in executions a minute. */
  maximumPerMinute?: number;
  /** The rate grows by the factor each time that so many more things were notified, or have succeeded. */
  exponential?: {
    baseRatePerMinute: number;
    incrementFactor: number;
    by: 'numberOfNotifiedThings' | 'numberOfSucceededThings';
    every: number;
  };
}

export const failureTypes = ['FAILED', 'REJECTED', 'TIMED_OUT', 'ALL'] as const;

export interface AbortCriterion {
  failureType: (typeof failureTypes)[number];
  /** It is checked only when so many executions have ended. */
  minNumberOfExecutedThings: number;
  /** Of the executions that have ended. */
  thresholdPercentage: number;
}

export const retryTypes = ['FAILED', 'TIMED_OUT', 'ALL'] as const;

export interface RetryCriterion {
  failureType: (typeof retryTypes)[number];
  numberOfRetries: number;
}

export const executionStatuses = [
  'QUEUED',
  'IN_PROGRESS',
  'SUCCEEDED',
  'FAILED',
  'REJECTED',
  'TIMED_OUT',
  'CANCELED',
  'REMOVED',
] as const;
export type ExecutionStatus = (typeof executionStatuses)[number];

export interface ExecutionRow {
  jobId: string;
  thingName: RobotId;
  status: ExecutionStatus;
  statusDetails: Record<string, string>;
  queuedMs: number;
  startedMs?: number;
  changedMs: number;
  versionNumber: number;
  executionNumber: number;
  /** Which retry of the job on this thing it is; absent for the first attempt. */
  retryAttempt?: number;
  /** When it times out: the job's own limit, and the limit of the robot's present step. */
  endMs?: number;
  stepEndMs?: number | null;
  /** It was canceled while the robot worked on it. */
  forceCanceled?: true;
}
