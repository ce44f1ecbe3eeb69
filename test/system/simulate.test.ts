import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** `npm run simulate -- ARGS`, without npm. */
const simulate = (...args: string[]) =>
  new Promise<{ code: number; out: string; err: string }>((resolve) => {
    const program = join(root, 'test/simulation/main.ts');
    execFile(process.execPath, [program, ...args], { env: {} }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
    });
  });

describe('npm run simulate', () => {
  it('plays seeds in several processes with the same result as in one', async () => {
    const [one, two] = await Promise.all([
      simulate('--seeds', '3', '--from', '5', '--json'),
      simulate('--seeds', '3', '--from', '5', '--json', '--jobs', '2'),
    ]);
    const [a, b] = [one, two].map(({ out }) => JSON.parse(out));
    expect(a).toMatchObject({ seeds: 3, failed: 0, failures: [] });
    expect(a.robotDays).toBeGreaterThan(0);
    expect({ ...b, ...timeless }).toEqual({ ...a, ...timeless });
  });

  it('exits with code 1 for a seeded fault, and prints the violation and a command that repeats it', async () => {
    const args = ['--seeded-fault', 'drop-the-command-id', '--seeds', '2', '--shrink', '12'];
    const { code, out } = await simulate(...args);
    expect(code).toBe(1);
    expect(out).toMatch(/^seed \d+ violates$/m);
    const again = /^ {2}npm run simulate -- (--seed .*) --trace$/m.exec(out)?.[1];
    const replayed = await simulate(...(again ?? '').split(' '), '--json');
    expect(replayed.code).toBe(1);
    expect(JSON.parse(replayed.out).failed).toBe(1);
  });

  it('prints every event of one seed, one a line', async () => {
    const { code, out } = await simulate('--seed', '1', '--trace');
    expect(code).toBe(0);
    expect(out).toMatch(/^0d 00:00:\d\d\.\d{3} {2}board +booted/m);
    expect(out).toContain('nothing violated');
    const lines = (await simulate('--seed', '1', '--trace', '--json')).out.trim().split('\n');
    for (const line of lines) JSON.parse(line);
  });

  it('ends early when it is stopped, prints its results, and does not call them clean', async () => {
    const program = join(root, 'test/simulation/main.ts');
    const child = spawn(process.execPath, [program, '--seeds', '80', '--jobs', '2']);
    child.stdout.setEncoding('utf8');
    let out = '';
    child.stdout.on('data', (part: string) => {
      out += part;
      // A tenth of the seeds is played, and the others wait.
      if (out === part) child.kill('SIGINT');
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(out).toMatch(/^\d+ seeds \(1 to 80, stopped early\) in/m);
  });

  it.each([
    [['--seeds', '0'], '--seeds is "0", expected a whole number from 1 to 2147483648'],
    [['--seeds', '1.5'], '--seeds is "1.5", expected a whole number'],
    [['--trace'], '--trace, --only and --days go with --seed N'],
    [['--only', '1'], '--trace, --only and --days go with --seed N'],
    [['--seed', '1', '--only', 'x'], '--only is "x"'],
    [['--seed', '1', '--only', '99999'], '--only names action 99999'],
    [['--seeded-fault', 'x'], '--seeded-fault is "x": no such seeded fault'],
    [['--sneeds', '1'], "Unknown option '--sneeds'"],
  ])('rejects %j as a usage error with exit code 2', async (args, message) => {
    const { code, out, err } = await simulate(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`npm run simulate: ${message}`);
  });

  it('lists its options', async () => {
    const { code, out } = await simulate('--help');
    expect(code).toBe(0);
    for (const name of ['seeds', 'from', 'seed', 'trace', 'json', 'jobs', 'seeded-faults']) {
      expect(out).toContain(`--${name}`);
    }
  });
});

const timeless = { wallS: 0, seedsPerSecond: 0, robotDaysPerSecond: 0 };
