import type { ExecutionView } from '../operator-client.ts';
import { moment, plain, table, wrap } from './format.ts';

/**
 * What `cloud-stub jobs` shows: a row, and below it each detail that the robot has said, whole, on lines of its own. `REV`
 * counts the changes of the execution (AWS: `versionNumber`); it has nothing to do with the version of a firmware.
 */
export function showExecution(row: ExecutionView): string {
  const { jobId, status, versionNumber, lastUpdatedAt } = row;
  const { detailsMap } = row.statusDetails;
  const details = Object.entries(detailsMap).map(([name, text]) =>
    wrap(`  ${plain(name)}: ${plain(text)}`, '    '),
  );
  const head = table(
    ['STATUS', 'REV', 'CHANGED', 'JOB'],
    [[status, String(versionNumber), moment(lastUpdatedAt * 1000), jobId]],
  );
  return [head, ...details].join('\n');
}
