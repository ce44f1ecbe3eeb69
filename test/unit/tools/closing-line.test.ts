import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVitest } from 'vitest/node';
import { closingLineReporter } from '../../support/closing-line-reporter.ts';

const root = join(import.meta.dirname, '..', '..', '..');
let folder: string;

beforeEach(async () => {
  // Inside the project, where `vitest` can be imported from.
  folder = await mkdtemp(join(root, 'node_modules', '.closing-line-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs a test file in a vitest of its own and answers what the reporter wrote. */
async function closingLineOf(source: string): Promise<string> {
  await writeFile(join(folder, 'a.test.ts'), `import { it, beforeAll } from 'vitest';${source}`);
  const said: string[] = [];
  const reporters = [closingLineReporter((text) => void said.push(text))];
  const include = ['*.test.ts'];
  const options = { root: folder, config: false, watch: false, reporters, include } as const;
  const exitCode = process.exitCode;
  const vitest = await createVitest('test', { ...options, exclude: [] });
  await vitest.start();
  await vitest.close();
  process.exitCode = exitCode;
  return said.join('');
}

describe('the closing line', () => {
  it.each([
    ["it('a', () => {}); it('b', () => {});", '2 passed, 0 failed\n'],
    [
      "it('a', () => {}); it.skip('b', () => {}); it.todo('c'); it('d', () => { throw new Error(); });",
      '1 passed, 1 failed, 2 skipped\n',
    ],
    ["it('a', () => {}); throw new Error('does not load');", '0 passed, 1 failed\n'],
    [
      "beforeAll(() => { throw new Error('no ground'); }); it('a', () => {});",
      '0 passed, 1 failed, 1 skipped\n',
    ],
  ])('of %s is %j', async (source, line) => {
    expect(await closingLineOf(source)).toBe(line);
  });
});
