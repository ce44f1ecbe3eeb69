import { ok, type Result, refuse } from '../../protocol/result.ts';

/**
 * AWS's cron expressions, in UTC: `cron(minutes hours day-of-month month day-of-week year)`, such as
 * `cron(30 2 ? * SUN *)`. A field is `*`, a value, a range `a-b`, a list of both with commas, or one of these with
 * `/step`. One of the two day fields is `?`. `L`, `W` and `#` are not served. Source: Amazon EventBridge scheduler guide,
 * "Cron-based schedules".
 */
export interface Cron {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly days: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  /** 1 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  readonly years: ReadonlySet<number>;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;
/** The longest time between two occurrences that is looked for: over two February 29ths around 2100. */
const daysMax = 366 * 9;

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values from `min` on. */
  readonly words?: readonly string[];
}

const fields: readonly Field[] = [
  { name: 'minutes', min: 0, max: 59 },
  { name: 'hours', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: months },
  { name: 'day of week', min: 1, max: 7, words: weekdays },
  { name: 'year', min: 1970, max: 2199 },
];

export function parseCron(text: string): Result<Cron, 'InvalidRequest'> {
  const [, inner] = /^cron\(([^()]*)\)$/.exec(text) ?? [];
  const parts = inner?.trim().split(/ +/) ?? [];
  if (parts.length !== fields.length) {
    return refuse('InvalidRequest', `${text}: expected cron(minutes hours day month weekday year)`);
  }
  if ((parts[2] === '?') === (parts[4] === '?')) {
    return refuse('InvalidRequest', `${text}: one of day of month and day of week must be ?`);
  }
  const sets = fields.map((field, i) => readField(parts[i] ?? '', field));
  const wrong = sets.indexOf(undefined);
  if (wrong >= 0) {
    return refuse('InvalidRequest', `${text}: ${parts[wrong]} is no ${fields[wrong]?.name}`);
  }
  const [minutes, hours, days, ofMonths, ofWeek, years] = sets.map((set) => set ?? new Set());
  return ok({
    ...{ minutes, hours, days, months: ofMonths, weekdays: ofWeek, years },
  } as Cron);
}

function readField(text: string, field: Field): Set<number> | undefined {
  if (text === '?' && field.name.startsWith('day')) return readField('*', field);
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', step, ...more] = part.split('/');
    const every = /^[1-9]\d{0,3}$/.test(step ?? '1') ? Number(step ?? 1) : 0;
    const [from, to = step === undefined ? from : field.max] = readRange(range, field);
    if (from === undefined || to === undefined || every === 0 || more.length > 0) return undefined;
    for (let value = from; value <= to; value += every) values.add(value);
  }
  return values.size > 0 ? values : undefined;
}

/** The ends of a range, one value, or nothing when it is invalid. */
function readRange(range: string, field: Field): number[] {
  if (range === '*') return [field.min, field.max];
  const ends = range.split('-').map((text) => readValue(text, field));
  const isValid = ends.length <= 2 && ends.every((end) => end !== undefined);
  return isValid ? ends : [];
}

function readValue(text: string, { min, max, words = [] }: Field): number | undefined {
  const named = words.indexOf(text.toUpperCase());
  const value = named >= 0 ? min + named : /^\d{1,4}$/.test(text) ? Number(text) : undefined;
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

/** The first occurrence after `ms`; undefined when there is none within years. */
export function nextAfter(cron: Cron, ms: number): number | undefined {
  const firstDay = Math.floor(ms / dayMs);
  for (let day = firstDay; day <= firstDay + daysMax; day += 1) {
    if (!isOnDay(cron, new Date(day * dayMs))) continue;
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      const at = day * dayMs + minute * minuteMs;
      const fits = cron.hours.has(Math.floor(minute / 60)) && cron.minutes.has(minute % 60);
      if (fits && at > ms) return at;
    }
  }
  return undefined;
}

const isOnDay = (cron: Cron, date: Date): boolean =>
  cron.years.has(date.getUTCFullYear()) &&
  cron.months.has(date.getUTCMonth() + 1) &&
  cron.days.has(date.getUTCDate()) &&
  cron.weekdays.has(date.getUTCDay() + 1);
