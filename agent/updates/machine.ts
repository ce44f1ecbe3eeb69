import type { Event } from '../events.ts';
import {
  type Machine,
  type Moment,
  noItems,
  type Saved,
  type Step,
  unchanged,
} from '../kernel/machine.ts';
import { takeTokens, waitMs } from '../publish/token-bucket.ts';
import { handleInstallFailure, reportProgress, startDownload } from './download.ts';
import type { UpdatesEffect } from './effects.ts';
import {
  checkAgain,
  completeJob,
  failJob,
  finishJob,
  handleReportAnswer,
  reboot,
  scheduleRequest,
  sendRequest,
} from './job.ts';
import { handleOffer } from './offer.ts';
import { recoverJob } from './recover.ts';
import { type Job, manifestOf, type Row, readRow, resultOf } from './row.ts';
import {
  checkTimer,
  fullRequestBudget,
  fullReReportBudget,
  fullStartBudget,
  healthTimer,
  retryTimer,
  type UpdatesConfig,
  type UpdatesState,
  withJob,
} from './state.ts';
import { abandonTrial, armSlot, awaitIdle, confirmIfHealthy, repeatAction } from './switch.ts';

/**
 * Theory of operation. One update job at a time, from the cloud's offer to its one terminal status.
 *
 *     checking -> downloading -> waiting -> arming -> rebooting =boot=> verifying -> confirming -> reporting
 *        |             |                                  |                 |
 *        +-> reporting +-> reporting, or renewing         |             giving-up =boot=> reporting (FAILED)
 *                                              =boot, fell back=> reporting (FAILED)
 *
 * The phase is stored before its actions start. `arming`, `rebooting` and `confirming` are intents. After a crash or a
 * boot `recover` settles them by the board's evidence (which slot runs, which boots next, whether it is on trial, what
 * it fell back from); it never repeats them blindly. `checking` and `downloading` start anew, which is safe: the slot
 * is unbootable while it is written. The only trusted part of the job document is the envelope, and of that only what
 * its signature covers. A job for the image that already runs (its record was lost with the store) is settled by the
 * same evidence.
 *
 * On trial the new agent must reach its cloud and its body within `healthMs`. Then the slot is confirmed and the
 * security floor raised, which is retried each minute until it is done. Otherwise it reboots unconfirmed, and the board
 * falls back. The report to the cloud comes after that, is repeated until accepted, and never changes what the board
 * boots. A job that the cloud has canceled or forgotten is dropped before the arming, and completed after it.
 *
 * Ends are remembered: a job that is offered again after its end gets the same end again, a few times an hour, and does
 * not start anew. The number of jobs started in an hour is bounded, whatever is offered (`state.ts`).
 */
export function updatesMachine(config: UpdatesConfig): Machine<UpdatesState, UpdatesEffect> {
  return {
    name: 'updates',
    format: { v: 1, minReader: 1 },
    restore,
    step: (state, event, moment) =>
      config.enabled ? step(config, state, event, moment) : unchanged(state),
    view: ({ row, bytes }) => ({
      job: row.job && {
        jobId: row.job.jobId,
        phase: row.job.phase,
        version: manifestOf(row.job)?.version ?? null,
        bytes,
        ...(row.job.phase === 'renewing' && { fault: row.job.fault }),
        result: resultOf(row.job) ?? null,
      },
      failedImages: row.failedImages.length,
    }),
    logChange({ before, after }) {
      const job = (after as Row).job;
      if (job === null || job.phase === (before as Row | undefined)?.job?.phase) return undefined;
      const { jobId, phase, to } = job;
      const fault = phase === 'renewing' ? job.fault : undefined;
      const version = manifestOf(job)?.version;
      const about = { jobId, slot: to, version, fault, ...resultOf(job) };
      return { text: `update ${phase}`, about };
    },
  };
}

function restore(saved: Saved | undefined, { now }: Moment): UpdatesState {
  return {
    row: readRow(saved?.row),
    items: noItems,
    linkUp: false,
    timeKnown: false,
    board: { system: null, boot: null },
    bodySeen: false,
    bytes: 0,
    reportedBytes: 0,
    requests: 0,
    deferredOffer: null,
    reReported: null,
    startBudget: fullStartBudget(now.monoMs),
    reReportBudget: fullReReportBudget(now.monoMs),
    requestBudget: fullRequestBudget(now.monoMs),
  };
}

function step(
  config: UpdatesConfig,
  state: UpdatesState,
  event: Event,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  switch (event.type) {
    case 'agent/started':
      return recoverJob(config, { ...state, board: event.board }, moment);
    case 'board/known':
      // What could not be settled at the start without the board's evidence.
      return state.board.boot === null
        ? recoverJob(config, { ...state, board: event.board }, moment)
        : unchanged(state);
    case 'link/up':
      return confirmIfHealthy(sendRequest({ ...state, linkUp: true, requests: 0 }, config, moment));
    case 'link/down':
      return {
        state: { ...state, linkUp: false, timeKnown: false, deferredOffer: null, reReported: null },
      };
    case 'time/known': {
      const timely = { ...state, timeKnown: true, deferredOffer: null };
      return state.deferredOffer === null
        ? unchanged(timely)
        : handleOffer(config, timely, state.deferredOffer, moment);
    }
    case 'news/missed':
      return requestAfterMissedMessages(state, moment);
    case 'timer':
      return handleTimer(config, state, event.key, moment);
    case 'body/snapshot': {
      const { mission, phase } = event.snapshot;
      const seen = confirmIfHealthy({ state: { ...state, bodySeen: true } });
      // Only a fresh snapshot may arm the slot: the robot may have left its dock since any older one.
      return mission === null && phase === 'charge' ? armSlot(config, seen) : seen;
    }
    case 'cloud/job-next':
      return handleOffer(config, state, event.body.execution, moment);
    case 'cloud/job-updated':
    case 'cloud/job-not-updated':
      return handleReportAnswer(config, state, event, moment);
    default:
      return state.row.job === null
        ? unchanged(state)
        : handleOutcome(config, state, state.row.job, event, moment);
  }
}

/** The dropped message may have been the notice of a job. */
function requestAfterMissedMessages(
  state: UpdatesState,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const nowMs = moment.now.monoMs;
  const isBusy =
    !state.linkUp || state.row.job !== null || waitMs(state.requestBudget, 1, nowMs) > 0;
  if (isBusy) return unchanged(state);
  return {
    state: { ...state, requestBudget: takeTokens(state.requestBudget, 1, nowMs) },
    effects: [scheduleRequest(missedRequestDelayMs, moment)],
  };
}

const missedRequestDelayMs = 20_000;

/** Outcomes of this job's own effects; late ones of an earlier job are ignored. */
function handleOutcome(
  config: UpdatesConfig,
  state: UpdatesState,
  job: Job,
  event: Event,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  if (!('jobId' in event) || event.jobId !== job.jobId) return unchanged(state);
  switch (event.type) {
    case 'update/checked': {
      if (job.phase !== 'checking') return unchanged(state);
      const { verdict } = event;
      if (!verdict.ok) {
        // The cloud may retry FAILED, but never REJECTED.
        const isOfBoard = ['unavailable', 'bad-answer'].includes(verdict.code);
        const status = isOfBoard ? 'FAILED' : 'REJECTED';
        const { code, message } = verdict;
        return finishJob(config, state, job, { status, code, message }, moment);
      }
      return startDownload(config, state, job, verdict.manifest, moment);
    }
    case 'update/progress':
      return reportProgress(config, { ...state, bytes: event.bytes }, job);
    case 'update/installed':
      return awaitIdle(state, job);
    case 'update/not-installed':
      return handleInstallFailure(config, state, job, event.code, moment);
    case 'update/armed': {
      if (job.phase !== 'arming') return unchanged(state);
      return {
        state: withJob(state, { ...job, phase: 'rebooting' }),
        effects: reboot(`update to ${job.manifest.version}`),
      };
    }
    case 'update/not-armed':
      if (job.phase !== 'arming') return unchanged(state);
      // The board may have armed it and then not responded: repeating is safe, and dropping the job is not.
      return event.code === 'unavailable'
        ? { state: withJob(state, { ...job, phase: 'waiting' }), effects: [checkAgain] }
        : failJob(config, state, job, event.code, 'the new slot could not be armed', moment);
    case 'update/confirmed':
      if (job.phase !== 'confirming') return unchanged(state);
      return completeJob(config, state, job, moment);
    case 'update/not-confirmed':
      // Health is proven, and the slot may be confirmed already: there is no way back.
      return job.phase === 'confirming' ? { state, effects: [checkAgain] } : unchanged(state);
    default:
      return unchanged(state);
  }
}

function handleTimer(
  config: UpdatesConfig,
  state: UpdatesState,
  key: string,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  switch (key) {
    case retryTimer:
      return sendRequest(state, config, moment);
    case checkTimer:
      return repeatAction(state);
    case healthTimer:
      return abandonTrial(state);
    default:
      return unchanged(state);
  }
}
