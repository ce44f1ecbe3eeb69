import { explain } from '../../base/errors.ts';
import { resendCommand } from '../services/commands.ts';
import { timeOut } from '../services/execution-timers.ts';
import { checkJob, noteEnded } from '../services/job-aborts.ts';
import { followSchedule } from '../services/job-phases.ts';
import { rollOutNext } from '../services/job-rollout.ts';
import { requestGaps } from '../services/mission-gaps.ts';
import { retire } from '../services/retirement.ts';
import { dueTimers, setTimer } from '../services/timers.ts';
import { sweepTokens } from '../services/tokens.ts';
import { expireUpload } from '../services/uploads.ts';
import type { TimerKind } from '../timer-rows.ts';
import { handleBacklog } from './pipeline.ts';
import { attempt, type Context } from './unit.ts';

/** What each timer does; its id is described with its service. */
const work: Readonly<Record<TimerKind, (ctx: Context, id: string) => void>> = {
  command: resendCommand,
  gaps: requestGaps,
  tokens: sweepTokens,
  retirement: retire,
  execution: timeOut,
  ended: noteEnded,
  job: checkJob,
  rollout: rollOutNext,
  schedule: followSchedule,
  upload: expireUpload,
  backlog: handleBacklog,
};

/** What one tick does at most: the rest follows with the next one. */
const dueMax = 500;
const retryAfterMs = 60_000;

/** Does what is due. A timer whose work fails is retried later, and does not keep the others from theirs. */
export function runDue(ctx: Context): void {
  let left = dueMax;
  for (let due = dueTimers(ctx, left); due.length > 0 && left > 0; due = dueTimers(ctx, left)) {
    left -= due.length;
    for (const timer of due) {
      const done = attempt(ctx, (inner) => {
        setTimer(inner, timer, undefined);
        work[timer.kind](inner, timer.id);
      });
      if (done.ok) continue;
      ctx.log.error({ timer: timer.kind, id: timer.id }, `timer failed: ${explain(done.error)}`);
      setTimer(ctx, timer, ctx.nowMs + retryAfterMs);
    }
  }
}
