import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lostFiles } from '../support/closing-line-reporter.ts';

const root = join(import.meta.dirname, '..', '..');
const sources = [
  ["it('a', () => {}); it('b', () => {});", '2 passed, 0 failed'],
  [
    "it('a', () => {}); it.skip('b', () => {}); it.todo('c'); it('d', () => { throw new Error(); });",
    '1 passed, 1 failed, 2 skipped',
  ],
  ["it('a', () => {}); throw new Error('does not load');", '0 passed, 1 failed'],
  [
    "beforeAll(() => { throw new Error('no ground'); }); it('a', () => {});",
    '0 passed, 1 failed, 1 skipped',
  ],
] as const;
let folder: string;
let output: string;
/** The closing line of each file, as if it had run alone. */
let lines: readonly string[];

// One run of a vitest of its own for all of them: it is the run that costs.
beforeAll(async () => {
  folder = await mkdtemp(join(root, 'node_modules', '.closing-line-'));
  for (const [index, [source]] of sources.entries())
    await writeFile(join(folder, `${index}.test.ts`), source);
  const reporters = JSON.stringify(join(root, 'test', 'support', 'closing-line-reporter.ts'));
  await writeFile(
    join(folder, 'vitest.config.js'),
    `import { writeFileSync } from 'node:fs';
    import { closingLine, closingLineReporter } from ${reporters};
    const each = {
      onTestRunEnd(modules) {
        const lines = modules.map((module) => [module.moduleId.at(-9), closingLine([module], [])]);
        writeFileSync('lines.json', JSON.stringify(Object.fromEntries(lines)));
      },
    };
    const reporters = [closingLineReporter(), each];
    export default { test: { globals: true, include: ['*.test.ts'], exclude: [], reporters } };`,
  );
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const run = promisify(execFile)(process.execPath, [vitest, 'run'], { cwd: folder });
  output = await run.then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
  lines = Object.values(JSON.parse(await readFile(join(folder, 'lines.json'), 'utf8')) as object);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the closing line', () => {
  it.each(sources.map(([source, line], index) => [source, line, index] as const))(
    'of %s is %j',
    (_source, line, index) => {
      expect(lines[index]).toBe(line);
    },
  );

  it('counts all files of a run and is the last line', () => {
    expect(output.trimEnd().split('\n').at(-1)).toBe('3 passed, 3 failed, 3 skipped');
  });
});

describe('planned test files', () => {
  const listed = (name: string, path: string) => ({
    moduleId: join(process.cwd(), path),
    project: { name },
  });
  const planned = [listed('unit', 'test/unit/a.test.ts'), listed('arch', 'test/arch/b.test.ts')];

  it('are not lost when each was reported', () => {
    expect(lostFiles(planned, planned.toReversed())).toEqual([]);
  });

  it('are named when a run reported nothing of them, or only in another project', () => {
    const reported = [listed('unit', 'test/unit/a.test.ts'), listed('unit', 'test/arch/b.test.ts')];
    expect(lostFiles(planned, reported)).toEqual(['arch test/arch/b.test.ts']);
  });
});
