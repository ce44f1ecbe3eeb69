import { isObject } from '../../protocol/json.ts';
import { ok, type Result, refuse } from '../../protocol/result.ts';
import { endBehaviors, type Schedule, type TargetSelection } from '../job-rows.ts';
import { type Cron, nextAfter, parseCron } from './cron.ts';

/**
 * When a job may roll out: from `startTime` on, until `endTime`, or in the maintenance windows of a CONTINUOUS job. All
 * times are UTC. Source: AWS IoT API reference, SchedulingConfig, MaintenanceWindow; AWS IoT developer guide, "Jobs and
 * job execution states".
 */

const minuteMs = 60_000;
const leadMs = 30 * minuteMs;
const yearMs = 366 * 24 * 60 * minuteMs;
const windowMinutesMax = 1430;
/** AWS shows so many of the coming windows. */
const shownMax = 7;

const members = ['startTime', 'endTime', 'endBehavior', 'maintenanceWindows'];

type Read<T> = Result<T, 'InvalidRequest'>;
const bad = (message: string): Read<never> =>
  refuse('InvalidRequest', `schedulingConfig: ${message}`);

/** `schedulingConfig` of CreateJob. */
export function readSchedule(
  value: unknown,
  { nowMs, targetSelection }: { nowMs: number; targetSelection: TargetSelection },
): Read<Schedule | undefined> {
  if (value === undefined || value === null) return ok(undefined);
  if (!isObject(value)) return bad('must be an object');
  const other = Object.keys(value).find((name) => !members.includes(name));
  if (other !== undefined) return bad(`${other} is not served`);
  const times = readTimes(value, nowMs);
  if (!times.ok) return times;
  const window = readWindow(value['maintenanceWindows'], nowMs);
  if (!window.ok) return window;
  if (window.value === undefined) {
    return Object.keys(times.value).length > 0 ? times : bad('startTime or endTime is required');
  }
  if (targetSelection !== 'CONTINUOUS') return bad('maintenanceWindows are for CONTINUOUS jobs');
  if (times.value.startTime !== undefined) {
    return bad('startTime and maintenanceWindows are not served together');
  }
  return ok({ ...times.value, maintenanceWindows: [window.value] });
}

function readTimes(value: Readonly<Record<string, unknown>>, nowMs: number): Read<Schedule> {
  const { startTime, endTime, endBehavior } = value;
  const startMs = startTime === undefined ? nowMs : timeOf(startTime);
  const endMs = endTime === undefined ? undefined : timeOf(endTime);
  if (startMs === undefined || (endTime !== undefined && endMs === undefined)) {
    return bad('a time is YYYY-MM-DD HH:MM in UTC, or in the form of ISO 8601');
  }
  const isSoon = startTime !== undefined && startMs < nowMs + leadMs;
  if (isSoon || startMs > nowMs + yearMs) {
    return bad('startTime must be 30 minutes to one year ahead');
  }
  if (endMs !== undefined && (endMs < startMs + leadMs || endMs > nowMs + 2 * yearMs)) {
    return bad('endTime must be 30 minutes after now and startTime, and within two years');
  }
  const behavior = endBehaviors.find((one) => one === endBehavior);
  if (endBehavior !== undefined && behavior === undefined) {
    return bad(`endBehavior must be one of ${endBehaviors.join(', ')}`);
  }
  if (behavior !== undefined && endMs === undefined) return bad('endBehavior needs an endTime');
  return ok({
    ...(typeof startTime === 'string' ? { startTime } : {}),
    ...(typeof endTime === 'string' ? { endTime } : {}),
    ...(behavior === undefined ? {} : { endBehavior: behavior }),
  });
}

function readWindow(value: unknown, nowMs: number): Read<Window | undefined> {
  if (value === undefined || value === null) return ok(undefined);
  const [window, more] = Array.isArray(value) ? value : [];
  if (!isObject(window) || more !== undefined) return bad('one maintenance window is served');
  const { startTime, durationInMinutes, ...others } = window;
  const [other] = Object.keys(others);
  if (other !== undefined) return bad(`maintenanceWindows: ${other} is not served`);
  const isDuration =
    Number.isInteger(durationInMinutes) &&
    Number(durationInMinutes) >= 1 &&
    Number(durationInMinutes) <= windowMinutesMax;
  if (typeof startTime !== 'string' || startTime.length > 256 || !isDuration) {
    return bad(`a window needs startTime and durationInMinutes (1 to ${windowMinutesMax})`);
  }
  const cron = parseCron(startTime);
  if (!cron.ok) return cron;
  if (nextAfter(cron.value, nowMs) === undefined) return bad(`${startTime} never comes`);
  return ok({ startTime, durationInMinutes: Number(durationInMinutes) });
}

type Window = NonNullable<Schedule['maintenanceWindows']>[number];

/** The time in ms; undefined when it is no such text. Without a zone it is UTC. */
function timeOf(value: unknown): number | undefined {
  const form = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?$/;
  const [, date, time, zone = 'Z'] = typeof value === 'string' ? (form.exec(value) ?? []) : [];
  if (date === undefined) return undefined;
  const ms = Date.parse(`${date}T${time}${zone}`);
  // A day that the month does not have would be one of the next month.
  const isDay = new Date(Date.parse(`${date}T00:00Z`)).toISOString().startsWith(date);
  return Number.isNaN(ms) || !isDay ? undefined : ms;
}

/** `waiting`: it does not roll out now. `over`: its end has come. */
export type Phase = 'waiting' | 'open' | 'over';

/** The phase of a schedule, and when it changes next; it never does without a time. */
export function phaseOf(schedule: Schedule, nowMs: number): { phase: Phase; nextMs?: number } {
  const endMs = schedule.endTime === undefined ? Infinity : (timeOf(schedule.endTime) ?? Infinity);
  if (nowMs >= endMs) return { phase: 'over' };
  const { phase, nextMs = Infinity } = openingOf(schedule, nowMs);
  const changeMs = Math.min(nextMs, endMs);
  return changeMs === Infinity ? { phase } : { phase, nextMs: changeMs };
}

function openingOf(schedule: Schedule, nowMs: number): { phase: Phase; nextMs?: number } {
  const { startTime, maintenanceWindows: [window] = [] } = schedule;
  if (window === undefined) {
    const startMs = startTime === undefined ? nowMs : (timeOf(startTime) ?? nowMs);
    return nowMs >= startMs ? { phase: 'open' } : { phase: 'waiting', nextMs: startMs };
  }
  const durationMs = window.durationInMinutes * minuteMs;
  // The window that began last, or else the coming one.
  const beginMs = nextOf(window, nowMs - durationMs);
  if (beginMs === undefined) return { phase: 'waiting' };
  return beginMs <= nowMs
    ? { phase: 'open', nextMs: beginMs + durationMs }
    : { phase: 'waiting', nextMs: beginMs };
}

const cronOf = ({ startTime }: Window): Cron | undefined => {
  const cron = parseCron(startTime);
  return cron.ok ? cron.value : undefined;
};

function nextOf(window: Window, ms: number): number | undefined {
  const cron = cronOf(window);
  return cron && nextAfter(cron, ms);
}

/** The next beginnings of its windows, as DescribeJob shows them. */
export function comingWindows(schedule: Schedule, nowMs: number): number[] {
  const [window] = schedule.maintenanceWindows ?? [];
  const coming: number[] = [];
  for (let ms: number | undefined = nowMs; window !== undefined && coming.length < shownMax; ) {
    ms = nextOf(window, ms);
    if (ms === undefined) break;
    coming.push(ms);
  }
  return coming;
}
