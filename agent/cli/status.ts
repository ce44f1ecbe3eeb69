import { cut, plain, wrapped } from '../../base/text.ts';
import { isObject } from '../../protocol/json.ts';
import { type CounterName, counters } from '../counters.ts';
import type { Json } from '../kernel/machine.ts';

const nameColumns = 12;
const keyColumns = 20;

/**
 * The status as text for people: safe mode first, then a heading per machine and a line per value, wrapped at 80
 * columns. Each counter says what it counts.
 */
export function statusText(status: Json): string {
  if (!isObject(status)) return valueText(status);
  const { safeMode: _safe, ...rest } = status;
  const lines = safeModeLines(status);
  let isAfterBlock = false;
  for (const [name, value] of Object.entries(rest)) {
    if (!isObject(value)) {
      if (isAfterBlock) lines.push('');
      isAfterBlock = false;
      lines.push(...wrapped(`${name.padEnd(nameColumns)} `, valueText(value)));
      continue;
    }
    isAfterBlock = true;
    lines.push('', cut(name));
    for (const [key, inner] of Object.entries(value))
      lines.push(
        ...wrapped(`  ${key.padEnd(keyColumns - 2)} `, valueText(inner) + meaningOf(name, key)),
      );
  }
  return lines.join('\n');
}

/** What a counter counts. An agent of another release may have counters that are unknown here. */
function meaningOf(part: string, key: string): string {
  const [name = ''] = key.split('/');
  const isKnown = part === 'counts' && Object.hasOwn(counters, name);
  return isKnown ? `: ${counters[name as CounterName].what}` : '';
}

/** The first lines of a status in safe mode; otherwise empty. */
export function safeModeLines(status: Json): string[] {
  const safeMode = isObject(status) ? status['safeMode'] : undefined;
  return isObject(safeMode) ? safeText(safeMode) : [];
}

/** Safe mode must be noticed: why the robot reports so little, and what to do about it. */
function safeText({ since, until, because, off, todo }: Record<string, unknown>): string[] {
  const line = (name: string, words: string) => wrapped(`${name.padEnd(nameColumns)} `, words);
  return [
    ...line('SAFE MODE', `since ${valueText(since)}, because ${valueText(because)}`),
    ...line('', `off: ${valueText(off)}; until ${valueText(until)}`),
    ...line('', valueText(todo)),
    '',
  ];
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(valueText).join(', ');
  if (!isObject(value)) {
    return plain(String(value as string | number | boolean));
  }
  const parts = Object.entries(value).map(([key, inner]) => `${key} ${valueText(inner)}`);
  return parts.length === 0 ? '-' : parts.join(', ');
}
