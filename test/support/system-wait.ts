import { codeOf } from '../../base/errors.ts';
import { until } from '../../tools/demo/watch.ts';
import { logTails } from './system-logs.ts';

/** Waits for something that can be seen. */
export type Wait = <T>(
  expected: string,
  poll: () => Promise<T | undefined>,
  timeoutS?: number,
) => Promise<T>;

const timeoutSUsual = 30;
/** The errors of a part that is still starting. */
const startingCodes = ['not-reachable', 'not-running', 'unavailable'];

/**
 * Polls every 20 ms until there is an answer other than undefined. A part that does not answer is no answer yet. After
 * `timeoutS` (30) it throws what was expected and the tails of the logs in the folder `logs`.
 */
export const waitWith =
  (logs: string): Wait =>
  async (expected, poll, timeoutS = timeoutSUsual) => {
    const { signal } = new AbortController();
    try {
      return await until({ expected, timeoutS, signal, everyMs: 20 }, () =>
        poll().catch((error: unknown) => {
          if (startingCodes.includes(codeOf(error))) return undefined;
          throw error;
        }),
      );
    } catch (error) {
      throw new Error(`${String(error)}\n${logTails(logs)}`, { cause: error });
    }
  };
