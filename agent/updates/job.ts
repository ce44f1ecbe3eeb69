import { topicOf } from '../../protocol/topics.ts';
import type { CloudEvent } from '../events.ts';
import { type Moment, retryDelayMs, type Step, unchanged } from '../kernel/machine.ts';
import { takeTokens, waitMs } from '../publish/token-bucket.ts';
import type { UpdatesEffect } from './effects.ts';
import {
  type DownloadingJob,
  type EndedJob,
  type InstalledJob,
  isBeforeArming,
  type Job,
  type JobResult,
  manifestOf,
  type Offered,
  offeredOf,
  type ReportingJob,
  resultOf,
} from './row.ts';
import {
  checkTimer,
  endedMax,
  failedImagesMax,
  retryTimer,
  slotOf,
  type UpdatesConfig,
  type UpdatesState,
  withJob,
} from './state.ts';

/** The protocol with the jobs service (AWS IoT developer guide, "Jobs device MQTT API"). */

/**
 * Requests the next job, or reports the end of ours again, until there is an answer. An image that waits to be armed may
 * have been withdrawn meanwhile: its job is requested at each connection.
 */
export function sendRequest(
  state: UpdatesState,
  config: UpdatesConfig,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const { job } = state.row;
  if (!state.linkUp) return unchanged(state);
  const next = { ...state, requests: state.requests + 1 };
  const again = scheduleRetry(next, config, moment);
  if (job?.phase === 'reporting') {
    return { state: next, effects: [...reportStatus(config, state), again] };
  }
  const isOpen = job === null || job.phase === 'renewing' || job.phase === 'waiting';
  if (!isOpen) return unchanged(state);
  const topic = topicOf('$aws/things/{robot}/jobs/{job}/get', {
    robot: config.robot,
    job: '$next',
  });
  return {
    state: next,
    effects: [{ type: 'publish', topic, payload: { clientToken: moment.freshId } }, again],
  };
}

/** The time of the next request; the delay grows with each one without an answer. */
export function scheduleRetry(
  state: UpdatesState,
  config: UpdatesConfig,
  { random }: Moment,
): UpdatesEffect {
  const bounds = { baseMs: config.retryMs, capMs: config.retryMsMax };
  return { type: 'timer/set', key: retryTimer, ms: retryDelayMs(state.requests, random, bounds) };
}

/** Reports the job's current status with its details; only in the phase `reporting` is the answer awaited. */
export function reportStatus(config: UpdatesConfig, state: UpdatesState): UpdatesEffect[] {
  const { job } = state.row;
  if (job === null) return [];
  const { phase } = job;
  const manifest = manifestOf(job);
  const result = resultOf(job);
  const details = {
    step: phase,
    ...(manifest ? { version: manifest.version } : {}),
    ...(phase === 'downloading' ? { bytes: `${state.bytes}` } : {}),
    ...(phase === 'renewing' ? { fault: job.fault } : {}),
    ...(result ? { reason: result.reason, ...detailOf(result) } : {}),
    ...startsOf(state, job),
    ...(config.safeMode === undefined ? {} : { safeMode: config.safeMode }),
  };
  return [
    {
      type: 'publish',
      topic: updateTopic(config, job.jobId),
      payload: {
        status: result?.status ?? 'IN_PROGRESS',
        statusDetails: details,
        clientToken: tokenOf(job.jobId, phase),
      },
    },
  ];
}

/** The number of the image's trial boots so far, if any. What the slot held before is not this job's. */
function startsOf(state: UpdatesState, job: Job): { trialStarts?: string } {
  const { boot } = state.board;
  const { to } = job;
  const slot = slotOf(state, to);
  if (slot?.sha256 !== manifestOf(job)?.sha256) return {};
  const fallback = boot?.fallback?.slot === to ? boot.fallback : undefined;
  const { attempts = 0, attemptsLeft = 0 } = slot ?? {};
  const starts = slot?.state === 'trial' ? attempts - attemptsLeft : (fallback?.starts ?? 0);
  return starts > 0 ? { trialStarts: `${starts}` } : {};
}

/** AWS rejects empty values and control characters, and a rejected end would be reported without end. */
function detailOf({ detail }: JobResult): { detail?: string } {
  // Cleaned after the cut, which may split a pair of surrogates: AWS rejects one of them alone.
  const clean = detail
    .slice(0, 200)
    .replaceAll(/\p{C}+/gu, ' ')
    .trim();
  return clean === '' ? {} : { detail: clean };
}

/** Codes after which repeating is pointless: the cloud already has an end for this execution, or has forgotten it. */
const finalCodes = ['TerminalStateReached', 'InvalidStateTransition', 'ResourceNotFound'];

/**
 * The cloud has accepted the terminal status, or never will. The cloud offers the next job by itself (AWS: the head of
 * the list has changed), so it is requested only if no offer comes. A job that the cloud has ended is dropped as long
 * as it has left no trace on the board; after the arming it is completed.
 */
export function handleReportAnswer(
  config: UpdatesConfig,
  state: UpdatesState,
  event: Extract<CloudEvent, { type: 'cloud/job-updated' | 'cloud/job-not-updated' }>,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const { job, ended = [] } = state.row;
  const isEnded = event.type === 'cloud/job-not-updated' && finalCodes.includes(event.body.code);
  const isSettled = isEnded || event.type === 'cloud/job-updated';
  if (job === null) {
    // Only the first answer counts: a faulty cloud repeats it, and each would cause a request.
    const isAnswer =
      event.jobId === state.reReported && event.body.clientToken === tokenOf(event.jobId, 'ended');
    return isAnswer && isSettled
      ? awaitOffer({ ...state, reReported: null }, config, moment)
      : unchanged(state);
  }
  if (event.jobId !== job.jobId) return unchanged(state);
  const row = { ...state.row, job: null, ended: [...ended, ...endedJobOf(job)].slice(-endedMax) };
  const next = awaitOffer({ ...state, row }, config, moment);
  if (job.phase === 'reporting') {
    const isAnswer = event.body.clientToken === tokenOf(job.jobId, 'reporting');
    return isAnswer && isSettled ? next : unchanged(state);
  }
  if (!isEnded || !isBeforeArming(job)) return unchanged(state);
  return { ...next, effects: [{ type: 'cancel', key: 'update' }, ...(next.effects ?? [])] };
}

function awaitOffer(
  before: UpdatesState,
  config: UpdatesConfig,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const state = { ...before, requests: 1 };
  return { state, effects: [scheduleRetry(state, config, moment)] };
}

/** Remembers a job that has ended here; one that the cloud has ended may come again. */
const endedJobOf = (job: Job): EndedJob[] =>
  job.phase === 'reporting' ? [{ jobId: job.jobId, run: job.run ?? '', result: job.result }] : [];

/**
 * A job that ended here is offered again: the cloud was restored to an older state, or is faulty. The same end is
 * reported again, without a write and only a few times an hour; otherwise the offer is left unanswered.
 */
export function reportEndAgain(
  config: UpdatesConfig,
  before: UpdatesState,
  { jobId, result }: EndedJob,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const nowMs = moment.now.monoMs;
  const waits = waitMs(before.reReportBudget, 1, nowMs);
  const state = { ...before, requests: before.requests + 1 };
  if (waits > 0) return { state, effects: [scheduleRequest(waits, moment)] };
  return {
    state: {
      ...state,
      reReported: jobId,
      reReportBudget: takeTokens(before.reReportBudget, 1, nowMs),
    },
    effects: [
      {
        type: 'publish',
        topic: updateTopic(config, jobId),
        payload: {
          status: result.status,
          statusDetails: { step: 'reporting', reason: result.reason, ...detailOf(result) },
          clientToken: tokenOf(jobId, 'ended'),
        },
      },
      { type: 'note', level: 'warn', text: 'ended job offered again', about: { jobId } },
      scheduleRetry(state, config, moment),
    ],
  };
}

/** Schedules a request after `ms`, or up to half as much later, so that the requests of a fleet are spread out. */
export const scheduleRequest = (ms: number, { random }: Moment): UpdatesEffect => ({
  type: 'timer/set',
  key: retryTimer,
  ms: Math.round(ms * (1 + random / 2)),
});

/** Binds an answer to the phase that requests: the answer to a progress report must not pass for that to the end. */
const tokenOf = (jobId: string, phase: string): string => `${phase}-${jobId}`.slice(0, 64);

/** How a job ends; the image is remembered when it is to blame. */
interface End {
  readonly status: JobResult['status'];
  readonly code: string;
  readonly message: string;
  readonly isImageToBlame?: boolean;
}

/**
 * Ends the job on the robot; the end is reported until the cloud accepts it. A digest that failed its boot is
 * remembered.
 */
export function finishJob(
  config: UpdatesConfig,
  state: UpdatesState,
  job: Offered & Pick<ReportingJob, 'manifest'>,
  { status, code, message, isImageToBlame }: End,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const { failedImages } = state.row;
  const { manifest } = job;
  const badImage = isImageToBlame && manifest ? [manifest.sha256] : [];
  const ended: ReportingJob = {
    ...offeredOf(job),
    phase: 'reporting',
    result: { status, reason: code, detail: message },
    ...(manifest && { manifest }),
  };
  const row = {
    ...state.row,
    job: ended,
    failedImages: [...failedImages, ...badImage].slice(-failedImagesMax),
  };
  return sendRequest({ ...state, row }, config, moment);
}

export function failJob(
  config: UpdatesConfig,
  state: UpdatesState,
  job: DownloadingJob | InstalledJob,
  code: string,
  message: string,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  return finishJob(config, state, job, { status: 'FAILED', code, message }, moment);
}

export function completeJob(
  config: UpdatesConfig,
  state: UpdatesState,
  job: InstalledJob,
  moment: Moment,
): Step<UpdatesState, UpdatesEffect> {
  const end = { status: 'SUCCEEDED', code: 'confirmed', message: job.to } as const;
  return finishJob(config, state, job, end, moment);
}

/** Checks a minute later whether the action has taken effect. */
export const checkAgain: UpdatesEffect = { type: 'timer/set', key: checkTimer, ms: 60_000 };

export const reboot = (reason: string): UpdatesEffect[] => [
  { type: 'system/reboot', reason },
  checkAgain,
];

/** Confirms the running image; also raises the security floor. Safe to repeat. */
export const confirmSlot = (
  state: UpdatesState,
  job: Omit<InstalledJob, 'phase'>,
): Step<UpdatesState, UpdatesEffect> => ({
  state: withJob(state, { ...job, phase: 'confirming' }),
  effects: [
    {
      type: 'update/confirm',
      jobId: job.jobId,
      slot: job.to,
      securityCounter: job.manifest.securityCounter,
    },
  ],
});

const updateTopic = ({ robot }: UpdatesConfig, job: string): string =>
  topicOf('$aws/things/{robot}/jobs/{job}/update', { robot, job });
