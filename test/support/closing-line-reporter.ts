import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Ends a run with one plain line, `N passed, N failed` or `N passed, N failed, N skipped`, whatever the terminal, so that
 * a program that watches the run need not parse the report for people above it.
 */
export function closingLineReporter(
  write: (text: string) => void = (text) => void process.stdout.write(text),
): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      write(`${closingLine(modules, unhandledErrors)}\n`);
    },
  };
}

/** Counts tests; a file that does not load and an error that no test caught count as one failure each. */
export function closingLine(
  modules: readonly TestModule[],
  unhandledErrors: readonly SerializedError[],
): string {
  const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
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
