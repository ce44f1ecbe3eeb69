import { codeOf } from '../../base/errors.ts';
import { until } from '../../tools/demo/watch.ts';
import { logTails } from './system-logs.ts';

/** Waits for something that can be seen. */
export type Wait = <T>(
  expected: string,
  look: () => Promise<T | undefined>,
  timeoutS?: number,
) => Promise<T>;

const timeoutSUsual = 30;
/** What a part that is being started again says to those who look too early. */
const notNow = ['not-reachable', 'not-running', 'unavailable'];

/**
 * Looks every 20 ms until there is an answer other than undefined. A part that does not answer is no answer yet. After
 * `timeoutS` (30) it throws what was expected and the tails of the logs in the folder `logs`.
 */
export const waitWith =
  (logs: string): Wait =>
  async (expected, look, timeoutS = timeoutSUsual) => {
    const { signal } = new AbortController();
    try {
      return await until({ expected, timeoutS, signal, everyMs: 20 }, () =>
        look().catch((error: unknown) => {
          if (notNow.includes(codeOf(error))) return undefined;
          throw error;
        }),
      );
    } catch (error) {
      throw new Error(`${String(error)}\n${logTails(logs)}`, { cause: error });
    }
  };
