import { check } from '../../protocol/codec.ts';
import type { JobExecution } from '../../protocol/schemas/jobs.ts';
import { dailyPollMs, type Moment, type Step } from '../kernel/machine.ts';
import { takeTokens, waitMs } from '../publish/token-bucket.ts';
import type { UpdatesEffect } from './effects.ts';
import { finishJob, reportEndAgain, scheduleRequest } from './job.ts';
import { retryTimer, runOf, type UpdatesConfig, type UpdatesState, withJob } from './state.ts';

/**
 * Handles an execution that the cloud offers. It is accepted when no other job is active and a slot is free to write.
 * If a job waits for its fresh document and the offer is another job, the cloud has ended the waiting one, and it is
 * dropped.
 */
export function handleOffer(
  config: UpdatesConfig,
  before: UpdatesState,
  execution: JobExecution | undefined,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const state = { ...before, requests: 0 };
  const { job } = state.row;
  const renewing = job?.phase === 'renewing' && job.jobId === execution?.jobId;
  if (job?.phase === 'renewing' && !renewing) {
    return handleOffer(config, withJob(state, null), execution, moment);
  }
  const quiet: Step<UpdatesState, UpdatesEffect> = {
    state,
    // TCP delivers as long as the connection is up; a daily poll makes up for what a broker dropped.
    effects:
      job === null ? [{ type: 'timer/set', key: retryTimer, ms: dailyPollMs(moment.random) }] : [],
  };
  if (execution === undefined || (job !== null && !renewing)) return quiet;
  if (execution.status !== 'QUEUED' && execution.status !== 'IN_PROGRESS') return quiet;
  const run = runOf(execution);
  const ended = state.row.ended?.find((one) => one.jobId === execution.jobId && one.run === run);
  if (ended !== undefined) return reportEndAgain(config, before, ended, moment);
  if (!state.timeKnown) return { state: { ...state, deferredOffer: execution } };
  const boot = state.board.boot;
  const target = boot?.slots.find(({ name }) => name !== boot.booted);
  if (boot === null || target === undefined) return quiet;
  const waits = waitMs(state.startBudget, 1, moment.now.monoMs);
  if (waits > 0) return { state, effects: [scheduleRequest(waits, moment)] };
  const startBudget = takeTokens(state.startBudget, 1, moment.now.monoMs);
  const { jobId } = execution;
  const fresh = { jobId, run, to: target.name, renewals: renewing ? job.renewals : 0 };
  const document = check('FirmwareJob', execution.jobDocument);
  if (!document.ok) {
    const { message } = document;
    const end = { status: 'REJECTED', code: 'unknown-operation', message } as const;
    return finishJob(config, { ...state, startBudget }, fresh, end, moment);
  }
  const { imageUrl, manifest } = document.value;
  return {
    state: withJob({ ...state, startBudget }, { ...fresh, phase: 'checking', imageUrl }),
    effects: [
      { type: 'timer/clear', key: retryTimer },
      { type: 'update/check', jobId, manifest },
    ],
  };
}
