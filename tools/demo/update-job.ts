import { systemClock } from '../../base/clock.ts';
import type { ExecutionView, OperatorClient } from '../../cloud-stub/operator-client.ts';
import { type BenchStatus, benchStatus } from './board.ts';
import { buildImage, type Image, nextVersion, signImage } from './firmware.ts';
import { showForward } from './forward.ts';
import type { Progress } from './screen.ts';
import { bytesText } from './text.ts';
import { until } from './watch.ts';
import type { World } from './world.ts';

/** The result of an update. */
export interface Released {
  readonly jobId: string;
  readonly version: string;
  readonly sha256: string;
  readonly path: string;
  readonly status: string;
  readonly reason: string;
  /** The slot it was written to. */
  readonly slot: string;
  /** From the job's creation to its end. */
  readonly ms: number;
}

/** The board's hardware id; an image names the one that it is made for. */
const hardwareId = 'sim-board-1';
const open: readonly string[] = ['QUEUED', 'IN_PROGRESS'];

/** Builds the next version, signs it, puts it into the object store, and follows its job to the end. */
export async function update(
  world: World,
  operator: OperatorClient,
  { crashes }: { crashes: boolean },
): Promise<Released> {
  const { robot, screen } = world;
  const version = await nextVersion(world);
  const image = await buildImage(world, { version, crashes });
  const manifest = await signImage(world, { image, hardwareId });
  const key = `firmware/agent-${version}.cjs`;
  await operator.putObject(key, image.path, 'application/octet-stream');
  const kind = crashes ? ', which will crash at boot' : '';
  screen.say('publisher', `signed ${version} (${bytesText(image.length)})${kind}`);

  const { boot } = await benchStatus(world);
  const slot = boot.slots.find(({ name }) => name !== boot.booted)?.name ?? '';
  const jobId = `update-${version.replaceAll('.', '-')}`;
  const imageUrl = operator.placeholderFor(key);
  const document = { v: 1, operation: 'firmware-update', manifest, imageUrl };
  const begunMs = systemClock.monoMs();
  await operator.createJob({ jobId, targets: [robot], document });
  const ended = await follow(world, operator, { jobId, image, slot });
  const ms = Math.round(systemClock.monoMs() - begunMs);
  const { reason = '', detail = '' } = ended.statusDetails.detailsMap;
  screen.say('job', `${ended.status} after ${(ms / 1000).toFixed(1)} s: ${reason} (${detail})`);
  const { sha256, path } = image;
  return { jobId, version, sha256, path, status: ended.status, reason, slot, ms };
}

interface Followed {
  readonly jobId: string;
  readonly image: Image;
  readonly slot: string;
}

/** Reports each change, of the job as the cloud has it and of the slots as the bench reads them. */
async function follow(
  world: World,
  operator: OperatorClient,
  { jobId, image, slot }: Followed,
): Promise<ExecutionView> {
  const { robot, screen, signal } = world;
  const progress = showForward(screen);
  let seen = await benchStatus(world);
  const ended = await until(
    { expected: `${jobId} to end`, timeoutS: 90, signal, everyMs: 30 },
    async () => {
      const now = await benchStatus(world);
      for (const text of notificationOf({ before: seen, now, slot })) screen.say('board', text);
      seen = now;
      const execution = await operator.execution(robot, jobId);
      progress('update', progressOf(execution, image.length));
      return open.includes(execution.status) ? undefined : execution;
    },
  );
  screen.rest();
  return ended;
}

/** What has changed on the board, as far as the update's slot is concerned. */
function notificationOf({
  before,
  now,
  slot,
}: {
  before: BenchStatus;
  now: BenchStatus;
  slot: string;
}) {
  const stateIn = ({ boot }: BenchStatus) => boot.slots.find(({ name }) => name === slot)?.state;
  const { booted, onTrial, fallback } = now.boot;
  const changes: string[] = [];
  const state = stateIn(now);
  if (state !== stateIn(before) && state !== undefined) {
    const why = state === 'bad' && fallback ? `: ${fallback.reason}, ${fallback.detail}` : '';
    changes.push(`slot ${slot} is ${state}${why}`);
  }
  if (booted !== before.boot.booted) {
    changes.push(`boots slot ${booted || '?'}${onTrial ? ' on trial' : ''}`);
  }
  return changes;
}

/** A job's progress. The share is known for the download only; `imageBytes` is its whole size. */
export function progressOf(
  { status, statusDetails }: Pick<ExecutionView, 'status' | 'statusDetails'>,
  imageBytes: number,
): Progress {
  const { step = 'queued', ...details } = statusDetails.detailsMap;
  if (!open.includes(status)) return { text: status };
  const bytes = Number(details['bytes'] ?? 0);
  // The robot reports each quarter: without a report nothing is known.
  if (bytes === 0) return { text: step };
  const text = `${step} (${bytesText(bytes)} of ${bytesText(imageBytes)})`;
  return { part: bytes / imageBytes, text };
}
