import type { Event } from '../events.ts';
import { type Machine, type Moment, noItems, type Saved, type Step, stay } from '../machine.ts';
import { ask, askAgain, finish, reboot, report, toldTaken } from './job.ts';
import { recover } from './recover.ts';
import {
  askTimer,
  healthTimer,
  type Job,
  type Row,
  rebootTimer,
  renewalsMax,
  type UpdatesConfig,
  type UpdatesState,
  withJob,
} from './state.ts';
import { offered } from './take.ts';

/**
 * Theory of operation. One update job at a time, from the cloud's offer to its one terminal status.
 *
 *     checking -> downloading -> waiting -> arming -> rebooting =boot=> verifying -> confirming -> reporting
 *        |             |                                  |                 |
 *        +-> reporting +-> reporting, or renewing         |             giving-up =boot=> reporting (FAILED)
 *                                              =boot, fell back=> reporting (FAILED)
 *
 * The phase is stored before what belongs to it is done. `arming`, `rebooting` and `confirming` are intents: after a
 * crash or a boot, `recover` settles them by what the board says (which slot runs, which boots next, whether it is on
 * trial, what it fell back from), never by doing them blindly again. `checking` and `downloading` are begun anew, which
 * is safe: the slot is unbootable while it is written. The job document is believed for nothing but the envelope in it,
 * and that only as far as its signature reaches.
 *
 * On trial the new agent must reach its cloud and see its body within `healthMs`; then the slot is confirmed and the
 * security floor raised. If not, it reboots unconfirmed, and the board falls back. What the cloud is told comes after,
 * is repeated until taken, and never changes what the board boots.
 */
export function updatesMachine(config: UpdatesConfig): Machine<UpdatesState> {
  return {
    name: 'updates',
    format: { v: 1, minReader: 1 },
    restore,
    step: (state, event, moment) =>
      config.enabled ? step(config, state, event, moment) : stay(state),
    view: ({ row, bytes }) => ({
      job: row.job && {
        jobId: row.job.jobId,
        phase: row.job.phase,
        version: row.job.manifest?.version ?? null,
        bytes,
        result: row.job.result,
      },
      failedImages: row.failedImages.length,
    }),
  };
}

function restore(saved: Saved | undefined): UpdatesState {
  return {
    row: (saved?.row as Row | null | undefined) ?? { job: null, failedImages: [] },
    items: noItems,
    linkUp: false,
    timeKnown: false,
    board: { system: null, boot: null },
    bodySeen: false,
    idle: false,
    bytes: 0,
    toldBytes: 0,
    asked: 0,
    held: null,
  };
}

function step(
  config: UpdatesConfig,
  state: UpdatesState,
  event: Event,
  moment: Moment,
): Step<UpdatesState> {
  switch (event.type) {
    case 'agent/started':
      return recover(config, { ...state, board: event.board }, moment);
    case 'link/up':
      return healthy(ask({ ...state, linkUp: true, asked: 0 }, config, moment));
    case 'link/down':
      return { state: { ...state, linkUp: false, timeKnown: false, held: null } };
    case 'time/known': {
      const timely = { ...state, timeKnown: true, held: null };
      return state.held === null ? stay(timely) : offered(config, timely, state.held, moment);
    }
    case 'timer':
      return timer(config, state, event.key, moment);
    case 'body/observed': {
      const { mission, phase } = event.snapshot;
      const seen = { ...state, bodySeen: true, idle: mission === null && phase === 'charge' };
      return arm(config, healthy({ state: seen }));
    }
    case 'cloud/job-next':
      return offered(config, state, event.body.execution, moment);
    case 'cloud/job-updated':
    case 'cloud/job-not-updated':
      return toldTaken(config, state, event, moment);
    default:
      return state.row.job === null
        ? stay(state)
        : progress(config, state, state.row.job, event, moment);
  }
}

/** Outcomes of this job's own effects; those of an earlier job come too late and mean nothing. */
function progress(
  config: UpdatesConfig,
  state: UpdatesState,
  job: Job,
  event: Event,
  moment: Moment,
): Step<UpdatesState> {
  if (!('jobId' in event) || event.jobId !== job.jobId) return stay(state);
  switch (event.type) {
    case 'update/checked': {
      if (job.phase !== 'checking') return stay(state);
      const { verdict } = event;
      if (!verdict.ok) return finish(config, state, 'REJECTED', verdict, moment);
      return download(config, state, verdict.manifest, moment);
    }
    case 'update/progress':
      return told(config, { ...state, bytes: event.bytes }, job);
    case 'update/installed':
      if (job.phase !== 'downloading') return stay(state);
      return arm(config, { state: withJob(state, { phase: 'waiting' }) });
    case 'update/not-installed':
      return notInstalled(config, state, job, event.code, moment);
    case 'update/armed': {
      if (job.phase !== 'arming') return stay(state);
      return {
        state: withJob(state, { phase: 'rebooting' }),
        effects: reboot(`update to ${job.manifest?.version ?? '?'}`),
      };
    }
    case 'update/not-armed':
      return fail(config, state, event.code, 'the new slot could not be armed', moment);
    case 'update/confirmed':
      if (job.phase !== 'confirming') return stay(state);
      return finish(config, state, 'SUCCEEDED', { code: 'confirmed', message: job.to }, moment);
    case 'update/not-confirmed':
      // Health is proven and the act may be repeated: the next sight of the body leads here again.
      return job.phase === 'confirming'
        ? { state: withJob(state, { phase: 'verifying' }) }
        : stay(state);
    default:
      return stay(state);
  }
}

function download(
  config: UpdatesConfig,
  state: UpdatesState,
  manifest: NonNullable<Job['manifest']>,
  moment: Moment,
): Step<UpdatesState> {
  const { job, failedImages } = state.row;
  if (job === null) return stay(state);
  if (failedImages.includes(manifest.sha256)) {
    const why = { code: 'failed-before', message: 'this image failed here before' };
    return finish(config, state, 'REJECTED', why, moment);
  }
  const { jobId, imageUrl, to } = job;
  const next = withJob({ ...state, bytes: 0, toldBytes: 0 }, { phase: 'downloading', manifest });
  return {
    state: next,
    effects: [
      { type: 'update/install', jobId, manifest, imageUrl, slot: to },
      ...report(config, next),
    ],
  };
}

/**
 * A transfer that broke off, or whose leave to fetch ran out, is begun again with a fresh job document (AWS IoT Jobs
 * signs its URLs when the document is read), a few times and with growing pauses.
 */
function notInstalled(
  config: UpdatesConfig,
  state: UpdatesState,
  job: Job,
  code: string,
  moment: Moment,
): Step<UpdatesState> {
  if (job.phase !== 'downloading') return stay(state);
  if (code === 'refused' || job.renewals >= renewalsMax) {
    return fail(config, state, code, 'the image could not be installed', moment);
  }
  const renewals = job.renewals + 1;
  const next = withJob({ ...state, asked: renewals }, { phase: 'renewing', renewals });
  return { state: next, effects: [askAgain(next, config, moment)] };
}

/** Progress is told at each quarter, not at each piece: every telling is a metered message. */
function told(config: UpdatesConfig, state: UpdatesState, job: Job): Step<UpdatesState> {
  const length = job.manifest?.length ?? 1;
  const quarter = (bytes: number) => Math.floor((bytes / length) * 4);
  if (quarter(state.bytes) === quarter(state.toldBytes) || state.bytes >= length)
    return stay(state);
  const next = { ...state, toldBytes: state.bytes };
  return { state: next, effects: report(config, next) };
}

/** A robot is not taken from its work: the switch waits until it is at home. */
function arm(config: UpdatesConfig, before: Step<UpdatesState>): Step<UpdatesState> {
  const { state } = before;
  const { job } = state.row;
  if (job?.phase !== 'waiting' || !state.idle) return before;
  const next = withJob(state, { phase: 'arming' });
  return {
    state: next,
    effects: [
      ...(before.effects ?? []),
      { type: 'update/arm', jobId: job.jobId, slot: job.to },
      ...report(config, next),
    ],
  };
}

/** On trial: cloud reached and body seen is health enough to stay. */
function healthy(before: Step<UpdatesState>): Step<UpdatesState> {
  const { state } = before;
  const { job } = state.row;
  if (job?.phase !== 'verifying' || !state.linkUp || !state.bodySeen) return before;
  return {
    state: withJob(state, { phase: 'confirming' }),
    effects: [
      ...(before.effects ?? []),
      { type: 'timer/clear', key: healthTimer },
      {
        type: 'update/confirm',
        jobId: job.jobId,
        slot: job.to,
        securityCounter: job.manifest?.securityCounter ?? 0,
      },
    ],
  };
}

function timer(
  config: UpdatesConfig,
  state: UpdatesState,
  key: string,
  moment: Moment,
): Step<UpdatesState> {
  if (key === askTimer) return ask(state, config, moment);
  const { job } = state.row;
  if (key === rebootTimer && (job?.phase === 'rebooting' || job?.phase === 'giving-up')) {
    // Still here, so it did not happen: the evidence that a `once` effect may be done again.
    return { state: withJob(state, {}), effects: reboot('asked for again') };
  }
  if (key !== healthTimer || job?.phase !== 'verifying') return stay(state);
  return {
    state: withJob(state, { phase: 'giving-up' }),
    effects: reboot('the trial boot did not become healthy'),
  };
}

function fail(
  config: UpdatesConfig,
  state: UpdatesState,
  code: string,
  message: string,
  moment: Moment,
): Step<UpdatesState> {
  return finish(config, state, 'FAILED', { code, message }, moment);
}
