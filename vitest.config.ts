import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { closingLineReporter } from './test/support/closing-line-reporter.ts';

/**
 * A limit is for what hangs; no test is judged by the time it takes. Each is far above what it needs on a machine that is
 * busy with ten other things.
 */
const limits = {
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 60_000 } },
};

const project = (name: string, include: string[], more: object = {}) => ({
  test: { name, include, ...limits, ...more },
});

/** Files take turns in the same workers: loading costs most of a small file. None may leave anything for the next. */
const shared = { isolate: false, setupFiles: ['test/support/nothing-left.ts'] };

// Which tests run where: `npm run check` takes unit and arch, `npm test` all but system, `npm run test:system` system.
export default defineConfig({
  test: {
    // The smallest machine has two cores, and a third of the time tests wait for sockets and processes.
    maxWorkers: 3,
    // Hundreds of processes are started: those of the same sources need not compile them again.
    env: {
      NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/node', import.meta.url)),
    },
    reporters: ['default', closingLineReporter()],
    projects: [
      project('unit', ['test/unit/**/*.test.ts', 'test/vectors/**/*.test.ts'], shared),
      project('arch', ['test/arch/**/*.test.ts'], shared),
      project('contract', ['test/contract/**/*.test.ts']),
      project('simulation', ['test/simulation/**/*.test.ts']),
      project('integration', ['test/integration/**/*.test.ts']),
      project('e2e', ['test/e2e/**/*.test.ts'], { testTimeout: 600_000, hookTimeout: 600_000 }),
      project('system', ['test/system/**/*.test.ts'], {
        testTimeout: 900_000,
        hookTimeout: 600_000,
      }),
    ],
  },
});
