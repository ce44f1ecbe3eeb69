import type { BootControl } from '../../hal/boot-control.ts';
import type { Installer } from '../../hal/installer.ts';
import type { RobotBody } from '../../hal/robot-body.ts';
import { connectBoard as connect } from '../../hal/sim/client.ts';
import { interruptAt } from './system-sabotage.ts';

/** Stands in for `hal/sim/client.ts` in a sabotaged agent: the real board, interrupted at the named moments. */
export const connectBoard: typeof connect = async (path, signal) => {
  const board = await connect(path, signal);
  if ((await board.boot.state(signal)).onTrial) interruptAt('trial-begun');
  return {
    ...board,
    body: bodyOf(board.body),
    boot: bootOf(board.boot),
    installer: installerOf(board.installer),
  };
};

const bodyOf = (body: RobotBody): RobotBody => ({
  ...body,
  async snapshot(signal) {
    const seen = await body.snapshot(signal);
    if (seen.mission !== null) interruptAt('mission-seen');
    else if (seen.ended.length > 0) interruptAt('end-seen');
    return seen;
  },
  async map(missionId, signal) {
    const map = await body.map(missionId, signal);
    interruptAt('map-fetched');
    return map;
  },
});

const bootOf = (boot: BootControl): BootControl => ({
  ...boot,
  async arm(slot, options, signal) {
    await boot.arm(slot, options, signal);
    interruptAt('armed');
  },
  async confirm(slot, signal) {
    await boot.confirm(slot, signal);
    interruptAt('confirmed');
  },
});

const installerOf = (installer: Installer): Installer => ({
  async install(image, signal) {
    const chunks = watched(image.chunks, image.length);
    await installer.install({ ...image, chunks }, signal);
    interruptAt('written');
  },
});

/** A reader that requests the next chunk has written the one before. */
async function* watched(chunks: AsyncIterable<Uint8Array>, length: number) {
  let written = 0;
  for await (const chunk of chunks) {
    interruptAt('first-byte');
    yield chunk;
    written += chunk.length;
    if (written >= length / 2 && written < length) interruptAt('half-written');
  }
}
