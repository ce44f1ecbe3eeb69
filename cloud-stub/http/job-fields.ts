import { isObject } from '../../protocol/json.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import { readTimeout } from '../services/execution-timers.ts';
import { readAbort } from '../services/job-aborts.ts';
import type { JobUpdate } from '../services/job-control.ts';
import { readRetry } from '../services/job-retries.ts';
import { readRollout } from '../services/job-rollout.ts';

/** Reads what CreateJob and UpdateJob share; a member that is not served is an error (AWS API reference). */

type Read<T> = Result<T, 'InvalidRequest'>;
type Fields = Readonly<Record<string, unknown>>;

export const jobOptionMembers = [
  ...['description', 'presignedUrlConfig', 'timeoutConfig', 'abortConfig'],
  ...['jobExecutionsRolloutConfig', 'jobExecutionsRetryConfig'],
];

export function readJobOptions(fields: Fields): Read<JobUpdate> {
  const { description, presignedUrlConfig, timeoutConfig, abortConfig } = fields;
  const rollout = readRollout(fields['jobExecutionsRolloutConfig']);
  if (!rollout.ok) return rollout;
  if (description !== undefined && typeof description !== 'string') {
    return refuse('InvalidRequest', 'description must be text');
  }
  const timeout = readTimeout(timeoutConfig);
  if (!timeout.ok) return timeout;
  const abort = readAbort(abortConfig);
  if (!abort.ok) return abort;
  const retry = readRetry(fields['jobExecutionsRetryConfig']);
  if (!retry.ok) return retry;
  const urls = readUrlConfig(presignedUrlConfig);
  if (!urls.ok) return urls;
  return ok({
    ...(description === undefined ? {} : { description }),
    ...(timeout.value === undefined ? {} : { timeoutMinutes: timeout.value }),
    ...(abort.value === undefined ? {} : { abort: abort.value }),
    ...(retry.value === undefined ? {} : { retry: retry.value }),
    ...(rollout.value === undefined ? {} : { rollout: rollout.value }),
    ...urls.value,
  });
}

function readUrlConfig(value: unknown): Read<Pick<JobUpdate, 'urlExpiresS' | 'roleArn'>> {
  if (value === undefined || value === null) return ok({});
  if (!isObject(value)) return refuse('InvalidRequest', 'presignedUrlConfig must be an object');
  const { expiresInSec, roleArn, ...others } = value;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    return refuse('InvalidRequest', `presignedUrlConfig.${other} is not served`);
  }
  if (roleArn !== undefined && typeof roleArn !== 'string') {
    return refuse('InvalidRequest', 'presignedUrlConfig.roleArn must be text');
  }
  return ok({
    ...(expiresInSec === undefined || expiresInSec === null
      ? {}
      : { urlExpiresS: Number(expiresInSec) }),
    ...(roleArn === undefined ? {} : { roleArn }),
  });
}
