import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { powerOnClock } from '../../../hal/sim/board/clock-file.ts';
import { boardFolder } from '../../support/board-folder.ts';

const machineMs = Date.UTC(2026, 5, 1);

async function powerOn(folder: string, line: string) {
  const [startFile, file] = [join(folder, 'start'), join(folder, 'clock')];
  await writeFile(startFile, line);
  const clock = await powerOnClock({ startFile, file, wallMs: () => machineMs });
  return { clock, line: () => readFile(file, 'utf8') };
}

describe("a board's own clock", () => {
  it.each([
    ['@1970-01-01 00:00:00\n', `-${machineMs / 1000}s\n`],
    ['@2026-06-01 01:00:00', '+3600s\n'],
    ['-3600s\n', '-3600s\n'],
    ['+1.5s\n', '+1.5s\n'],
    ['+0\n', '+0s\n'],
  ])('starts by %j with the offset %j', async (start, kept) => {
    await using folder = await boardFolder();
    expect(await (await powerOn(folder.path, start)).line()).toBe(kept);
  });

  it.each(['', '1970', '@1970', '@2026-13-01 00:00:00', 'yesterday', '+1d'])(
    'rejects the start %j',
    async (start) => {
      await using folder = await boardFolder();
      await expect(powerOn(folder.path, start)).rejects.toMatchObject({
        code: 'config-clock-file',
      });
    },
  );

  it('rejects a missing file', async () => {
    const clock = powerOnClock({ startFile: '/no/such', file: '/no/clock', wallMs: () => 0 });
    await expect(clock).rejects.toMatchObject({ code: 'config-clock-file' });
  });

  it('restarts from its start file at power-on', async () => {
    await using folder = await boardFolder();
    const first = await powerOn(folder.path, '-3600s\n');
    await first.clock.setClock(machineMs + 500);
    expect(await first.line()).toBe('+0.5s\n');
    expect(await (await powerOn(folder.path, '-3600s\n')).line()).toBe('-3600s\n');
  });
});
