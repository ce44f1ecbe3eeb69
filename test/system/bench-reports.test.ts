import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../tools/bench/main.ts', import.meta.url));

async function bench(...args: string[]) {
  const child = spawn(process.execPath, [program, 'reports', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, out, err };
}

it('the report bench prints the figures of our client over a link that is cut', async () => {
  const cell = ['--only', 'pilotfish', '--link', 'cut', '--shape', 'single', '--missions', '3'];
  const { code, out, err } = await bench(...cell, '--json');
  expect(err.split('\n').filter((line) => line !== '')).toHaveLength(1);
  const { rows, goals, seed } = JSON.parse(out) as {
    rows: Record<string, number>[];
    goals: { met: boolean }[];
    seed: number;
  };
  expect(rows).toMatchObject([{ missing: 0, doubleInEffect: 0, endedBy: 'complete' }]);
  // At least each list up, and a confirmation down.
  expect(rows[0]?.['meteredPerReport']).toBeGreaterThanOrEqual(2 / 3);
  expect(rows[0]?.['bytesPerReport']).toBeGreaterThan(1000);
  expect([goals.every(({ met }) => met), seed, code]).toEqual([true, 1, 0]);
});

it('the report bench lists its choices', async () => {
  const { code, err } = await bench('--link', 'dial-up');
  expect(code).toBe(2);
  expect(err).toContain('expected one of clean, cut, killed, black-hole, over-quota');
});
