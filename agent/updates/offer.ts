import { check } from '../../protocol/codec.ts';
import type { JobExecution } from '../../protocol/schemas/jobs.ts';
import { dailyPollMs, type Moment, type Step } from '../kernel/machine.ts';
import { takeTokens, waitMs } from '../publish/token-bucket.ts';
import type { UpdatesEffect } from './effects.ts';
import { finishJob, reportEndAgain, scheduleRequest } from './job.ts';
import { isBeforeArming, type Job } from './row.ts';
import { retryTimer, runOf, type UpdatesConfig, type UpdatesState, withJob } from './state.ts';

/**
 * Handles an execution that the cloud offers. It is accepted when no other job is active and a slot is free to write.
 * The first of the pending executions stays the first until it ends (AWS IoT Jobs). So when the cloud offers another
 * one, or none, it has ended ours: an operator has withdrawn it. Until the arming, ours is dropped.
 */
export function handleOffer(
  config: UpdatesConfig,
  before: UpdatesState,
  execution: JobExecution | undefined,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const { job } = before.row;
  const isOurs = job !== null && job.jobId === execution?.jobId;
  const renewing = job?.phase === 'renewing' && isOurs;
  // An answer that does not continue the job must not shorten the delay of the next request.
  const state = { ...before, requests: renewing ? before.requests : 0 };
  // The answer to our own request.
  if (job?.phase === 'renewing' && !isOurs) {
    return handleOffer(config, withJob(state, null), execution, moment);
  }
  if (job !== null && !isOurs && isBeforeArming(job)) {
    return dropWithdrawnJob(config, state, { job, execution }, moment);
  }
  const quiet: Step<UpdatesState, UpdatesEffect> = { state, effects: nextRequest(job, moment) };
  if (execution === undefined || (job !== null && !renewing)) return quiet;
  if (execution.status !== 'QUEUED' && execution.status !== 'IN_PROGRESS') return quiet;
  const run = runOf(execution);
  const ended = state.row.ended?.find((one) => one.jobId === execution.jobId && one.run === run);
  if (ended !== undefined) return reportEndAgain(config, before, ended, moment);
  // The time may stay unknown for long, while the store is full: the offer is not requested again meanwhile.
  if (!state.timeKnown) return { ...quiet, state: { ...state, deferredOffer: execution } };
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

/** A late message may look like a withdrawal: it is requested whether the cloud still has the job. */
function dropWithdrawnJob(
  config: UpdatesConfig,
  state: UpdatesState,
  { job, execution }: { readonly job: Job; readonly execution: JobExecution | undefined },
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const { jobId, phase } = job;
  const next =
    execution === undefined
      ? requestSoon(withJob(state, null), moment)
      : handleOffer(config, withJob(state, null), execution, moment);
  const about = { jobId, phase };
  return {
    ...next,
    effects: [
      { type: 'cancel', key: 'update' },
      { type: 'note', level: 'info', text: 'update withdrawn by the cloud', about },
      ...(next.effects ?? []),
    ],
  };
}

/** Bounded: a cloud may offer and withdraw without end. */
function requestSoon(state: UpdatesState, moment: Moment): Step<UpdatesState, UpdatesEffect> {
  const nowMs = moment.now.monoMs;
  const waits = waitMs(state.requestBudget, 1, nowMs);
  if (waits > 0) return { state, effects: nextRequest(null, moment) };
  return {
    state: { ...state, requestBudget: takeTokens(state.requestBudget, 1, nowMs) },
    effects: [scheduleRequest(verifyMs, moment)],
  };
}

const verifyMs = 20_000;

function nextRequest(job: Job | null, moment: Moment): UpdatesEffect[] {
  // TCP delivers as long as the connection is up; a daily poll makes up for what a broker dropped.
  if (job === null) {
    return [{ type: 'timer/set', key: retryTimer, ms: dailyPollMs(moment.random) }];
  }
  // The cloud still has it.
  return job.phase === 'waiting' ? [{ type: 'timer/clear', key: retryTimer }] : [];
}
