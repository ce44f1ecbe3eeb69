/** What may be due, and the form of its timer's id. */
export type TimerKind =
  /** `robot/command` */
  | 'command'
  /** `robot/job`: an execution in progress. */
  | 'execution'
  /** `robot/job`: an execution that has ended, for its job. */
  | 'ended'
  /** A robot. */
  | 'gaps'
  | 'tokens'
  /** A certificate. */
  | 'retirement'
  /** A job. */
  | 'job'
  | 'rollout'
  | 'schedule'
  /** A multipart upload. */
  | 'upload'
  /** A handler. */
  | 'backlog';

export interface TimerRow {
  kind: TimerKind;
  id: string;
}

export interface TimerTimeRow {
  dueMs: number;
}
