import { columnsMax, plain, wrapped } from '../../base/text.ts';
import { isObject } from '../../protocol/json.ts';
import type { Json } from '../kernel/machine.ts';
import { safeModeLines } from './status.ts';

/** The status on one screen: a line or two on each important subject. `statusText` shows all of it. */

/** The height of a terminal of 24 lines, without the command line and the prompt. */
const linesMax = 22;
/** As many lines as safe mode usually needs. */
const safeLinesMax = 9;
/** Longer texts are shown in full by `--all`. */
const linesOfOneMax = 3;
const nameColumns = 13;

/** The lines about one subject; undefined when there are none. */
type Describe = (status: Part) => string | undefined;

/** In order of importance. Every machine whose state matters to people has a line here. */
const matters: readonly (readonly [name: string, describe: Describe])[] = [
  ['robot', ({ join }) => join('{robot}, agent {version} in slot {slot}')],
  ['storage', ({ in: part }) => part('storage').join('{state}: {code}, since {since}. {todo}')],
  ['link', linkText],
  ['cause', ({ in: part }) => part('connection').join('{diagnosis}: {means} {todo}')],
  ['seen', seenText],
  ['slot left', ({ in: part }) => part('fallback').join('{reason}, {detail}')],
  ['cloud time', ({ in: part }) => part('evidence').join('{clock} ({clockQuality})')],
  ['certificate', ({ in: part }) => part('identity').join('{certificate}, valid to {validTo}')],
  ['last mission', lastMissionText],
  ['open mission', ({ in: part }) => part('missions').join('{open}')],
  ['unconfirmed', ({ in: part }) => part('missions').join('{unconfirmed} reports')],
  ['dropped', ({ in: part }) => part('missions').positive('{dropped} reports, outbox full')],
  ['dead letters', deadLettersText],
  ['maps', ({ in: part }) => part('maps').positive('{kept} not in the object store yet')],
  ['job', jobText],
];

/** Wrapped at 80 columns, and never more than 23 lines, whatever the agent reports. */
export function statusOnOneScreen(status: Json): string {
  const part = partOf(status);
  const lines = matters.flatMap(([name, describe]) => {
    const words = describe(part);
    if (words === undefined) return [];
    const rows = wrapped(`${name.padEnd(nameColumns)} `, words);
    const shown = rows.slice(0, linesOfOneMax);
    if (rows.length > shown.length) shown.push(`${shown.pop()?.slice(0, columnsMax - 2)} …`);
    return shown;
  });
  const safe = safeModeLines(status).slice(0, safeLinesMax);
  if (safe.length + lines.length === 0)
    return 'the agent is starting and knows nothing of itself yet';
  return [...[...safe, ...lines].slice(0, linesMax), 'pilotfish status --all shows the rest'].join(
    '\n',
  );
}

function linkText({ in: part }: Part): string | undefined {
  const connection = part('connection');
  const state = connection.text('state');
  if (state === undefined) return undefined;
  const since = connection.join(' since {since}') ?? '';
  const tried = connection.join(', last try {lastTry}') ?? '';
  const next = connection.join(', the next in {nextTryInS} s') ?? '';
  // While the link is up they are past, as is the last observation.
  const failed =
    state === 'up' ? undefined : part('evidence').positive(', failed attempts: {failures}');
  return `${state}${since}${tried}${next}${failed ?? ''}`;
}

/** While the link is up the last failure is past: the report leaves it out. */
function seenText({ in: part }: Part): string | undefined {
  return part('connection').in('observation').join('{kind} {code}: {detail}');
}

function lastMissionText({ in: part }: Part): string | undefined {
  const last = part('missions').in('last');
  return last.join('{missionId}: {outcome}, ended {ended}');
}

function deadLettersText({ in: part }: Part): string | undefined {
  const { length = 0 } = (part('missions').value('rejected') ?? []) as { length?: number };
  return length === 0 ? undefined : `${length}: pilotfish missions shows them, and what to do`;
}

function jobText({ in: part }: Part): string | undefined {
  const job = part('updates').in('job');
  const result = job.in('result').join(', {reason}') ?? '';
  const version = job.join(' to {version}') ?? '';
  const text = job.join('{jobId}{}: {phase}');
  return text === undefined ? undefined : `${text.replace('{}', version)}${result}`;
}

/** A part of the status, which may be absent. */
interface Part {
  value(key: string): unknown;
  /** Text or a number, without control characters; undefined for anything else. */
  text(key: string): string | undefined;
  in(key: string): Part;
  /** The template with its `{key}`s filled in; undefined when one of them is unknown. */
  join(form: string): string | undefined;
  /** The same, unless its first value is 0. */
  positive(form: string): string | undefined;
}

const keysIn = (form: string): string[] =>
  [...form.matchAll(/\{(\w+)\}/g)].map(([, key = '']) => key);

function partOf(given: unknown): Part {
  const fields = isObject(given) ? given : {};
  const text = (key: string): string | undefined => {
    const value = fields[key];
    return typeof value === 'string' || typeof value === 'number'
      ? plain(String(value))
      : undefined;
  };
  const join = (form: string): string | undefined => {
    if (keysIn(form).some((key) => text(key) === undefined)) return undefined;
    return form.replaceAll(/\{(\w+)\}/g, (_, key: string) => text(key) ?? '');
  };
  return {
    value: (key) => fields[key],
    text,
    in: (key) => partOf(fields[key]),
    join,
    positive: (form) => (fields[keysIn(form)[0] ?? ''] === 0 ? undefined : join(form)),
  };
}
