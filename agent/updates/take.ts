import { check } from '../../protocol/codec.ts';
import type { JobExecution } from '../../protocol/schemas/jobs.ts';
import type { Moment, Step } from '../machine.ts';
import { finish } from './job.ts';
import { askTimer, type Job, type UpdatesConfig, type UpdatesState } from './state.ts';

/**
 * An execution as the cloud offers it: taken when nothing else is under way and a slot is free to write. A job that
 * waits for its fresh document and is not the one that comes has been ended by the cloud, and is given up.
 */
export function offered(
  config: UpdatesConfig,
  before: UpdatesState,
  execution: JobExecution | undefined,
  moment: Moment,
): Step<UpdatesState> {
  const state = { ...before, asked: 0 };
  const { job } = state.row;
  const renewing = job?.phase === 'renewing' && job.jobId === execution?.jobId;
  if (job?.phase === 'renewing' && !renewing) {
    return offered(config, { ...state, row: { ...state.row, job: null } }, execution, moment);
  }
  const quiet: Step<UpdatesState> = {
    state,
    // A lost notice of a new job is made good by asking again, seldom.
    effects: job === null ? [{ type: 'timer/set', key: askTimer, ms: config.askMsMax }] : [],
  };
  if (execution === undefined || (job !== null && !renewing)) return quiet;
  if (!state.timeKnown) return { state: { ...state, held: execution } };
  if (execution.status !== 'QUEUED' && execution.status !== 'IN_PROGRESS') return quiet;
  const boot = state.board.boot;
  const target = boot?.slots.find(({ name }) => name !== boot.booted);
  if (boot === null || target === undefined) return quiet;
  const fresh: Job = {
    jobId: execution.jobId,
    phase: 'checking',
    from: boot.booted,
    to: target.name,
    imageUrl: '',
    manifest: null,
    result: null,
    renewals: renewing ? job.renewals : 0,
  };
  const document = check('FirmwareJob', execution.jobDocument);
  if (!document.ok) {
    const taken = { ...state, row: { ...state.row, job: fresh } };
    return finish(
      config,
      taken,
      'REJECTED',
      { code: 'unknown-operation', message: document.message },
      moment,
    );
  }
  const { imageUrl, manifest } = document.value;
  return {
    state: { ...state, row: { ...state.row, job: { ...fresh, imageUrl } } },
    effects: [
      { type: 'timer/clear', key: askTimer },
      { type: 'update/check', jobId: execution.jobId, manifest },
    ],
  };
}
