import { relative } from 'node:path';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** What a file of tests is known by in a run. */
interface Listed {
  readonly moduleId: string;
  readonly project: { readonly name: string };
}

/**
 * Ends a run with one plain line, `N passed, N failed` or `N passed, N failed, N skipped`, whatever the terminal, so that
 * a program that watches the run need not parse the report for people above it. A file that was to run and of which
 * nothing was reported fails the run by name: with workers that serve many files, silence must not count as success.
 */
export function closingLineReporter(
  write: (text: string) => void = (text) => void process.stdout.write(text),
): Reporter {
  let planned: readonly Listed[] = [];
  return {
    onTestRunStart(specifications) {
      planned = specifications;
    },
    onTestRunEnd(modules, unhandledErrors, reason) {
      // A person who stops the run knows that files are missing.
      const lost = reason === 'interrupted' ? [] : lostFiles(planned, modules);
      for (const path of lost) write(`never ran: ${path}\n`);
      if (lost.length > 0) process.exitCode = 1;
      write(`${closingLine(modules, unhandledErrors, lost.length)}\n`);
    },
  };
}

/** The files of a plan of which a run reported nothing, by project and path. */
export function lostFiles(planned: readonly Listed[], ran: readonly Listed[]): string[] {
  const idOf = ({ project, moduleId }: Listed) =>
    `${project.name} ${relative(process.cwd(), moduleId)}`;
  const reported = new Set(ran.map(idOf));
  return planned.map(idOf).filter((id) => !reported.has(id));
}

/** Counts tests; a file that does not load and an error that no test caught count as one failure each. */
export function closingLine(
  modules: readonly TestModule[],
  unhandledErrors: readonly SerializedError[],
  lostCount = 0,
): string {
  const count = { passed: 0, failed: unhandledErrors.length + lostCount, skipped: 0 };
  for (const module of modules) {
    const tests = [...module.children.allTests()];
    for (const test of tests) {
      const { state } = test.result();
      if (state !== 'pending') count[state] += 1;
    }
    const failedAlone = !module.ok() && !tests.some((test) => test.result().state === 'failed');
    if (failedAlone) count.failed += 1;
  }
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
  return `${count.passed} passed, ${count.failed} failed${skipped}`;
}
