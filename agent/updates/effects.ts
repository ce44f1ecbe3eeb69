import { codeOf, explain } from '../../base/errors.ts';
import type { FirmwareManifest, SignedManifest } from '../../protocol/schemas/firmware.ts';
import { type Context, once, repeat } from '../effects.ts';
import type { Event } from '../events.ts';
import type { EffectsOf, LoopEffect } from '../kernel/effects.ts';
import type { PublishEffect } from '../publish/effects.ts';
import { installCode, watchSource } from './install-source.ts';

/** Only one step of the update runs at a time. */
const key = 'update';

interface Install {
  readonly jobId: string;
  readonly manifest: FirmwareManifest;
  readonly imageUrl: string;
  readonly slot: string;
}

export const updatesEffects = {
  'update/check': repeat<{ readonly jobId: string; readonly manifest: SignedManifest }>(
    async ({ jobId, manifest }, { ports, board, signal }) => {
      try {
        const { hardwareId } = await board.system.info(signal);
        const verdict = await ports.firmware.check(manifest, hardwareId, ports.time.latestMs());
        if (verdict.ok) {
          return { type: 'update/checked', jobId, verdict: { ok: true, manifest: verdict.value } };
        }
        return { type: 'update/checked', jobId, verdict };
      } catch (error) {
        const verdict = { ok: false, code: codeOf(error), message: explain(error) } as const;
        return { type: 'update/checked', jobId, verdict };
      }
    },
    key,
  ),

  'update/install': repeat<Install>(install, key),

  /** Makes the board boot `slot` next, on trial, at most `attempts` times before it falls back. */
  'update/arm': once<{ readonly jobId: string; readonly slot: string; readonly attempts: number }>(
    async ({ jobId, slot, attempts }, { board, signal }) => {
      try {
        await board.boot.arm(slot, { attempts }, signal);
        return { type: 'update/armed', jobId };
      } catch (error) {
        return { type: 'update/not-armed', jobId, code: codeOf(error) };
      }
    },
    key,
  ),

  'update/confirm': once<{
    readonly jobId: string;
    readonly slot: string;
    readonly securityCounter: number;
  }>(async ({ jobId, slot, securityCounter }, { ports, board, signal }) => {
    try {
      await board.boot.confirm(slot, signal);
      await ports.firmware.raiseFloor(securityCounter);
      return { type: 'update/confirmed', jobId };
    } catch (error) {
      return { type: 'update/not-confirmed', jobId, code: codeOf(error) };
    }
  }, key),

  'system/reboot': once<{ readonly reason: string }>(
    async ({ reason }, { ports, board, signal }) => {
      ports.journal.note('info', 'reboot', { reason });
      await board.system.reboot(reason, signal).catch((error: unknown) => {
        ports.journal.note('warn', 'the board did not reboot', { code: codeOf(error) });
      });
      return undefined;
    },
  ),
};

export type UpdatesEffect = EffectsOf<typeof updatesEffects> | LoopEffect | PublishEffect;

async function install(
  { jobId, manifest, imageUrl, slot }: Install,
  { ports, board, signal, emit }: Context,
): Promise<Event> {
  const { length, sha256 } = manifest;
  const source = watchSource(ports.firmware.fetch(imageUrl, length, signal));
  const { chunks } = source;
  try {
    const onProgress = (bytes: number) => emit({ type: 'update/progress', jobId, bytes });
    await board.installer.install({ slot, length, sha256, chunks, onProgress }, signal);
    return { type: 'update/installed', jobId };
  } catch (error) {
    return { type: 'update/not-installed', jobId, code: installCode(error, source, length) };
  }
}
