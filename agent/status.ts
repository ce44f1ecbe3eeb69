import type { Json } from './machine.ts';

const columns = 80;
const nameColumns = 12;
const keyColumns = 20;

/** The status as a person reads it: safe mode first if it is, then a heading a machine, a line a value, wrapped at 80 columns, no word cut but one longer. */
export function statusText(status: Json): string {
  if (!isRecord(status)) return text(status);
  const { safeMode, ...rest } = status;
  const lines = isRecord(safeMode) ? safeText(safeMode) : [];
  let isAfterBlock = false;
  for (const [name, value] of Object.entries(rest)) {
    if (!isRecord(value)) {
      if (isAfterBlock) lines.push('');
      isAfterBlock = false;
      lines.push(...wrapped(`${name.padEnd(nameColumns)} `, text(value)));
      continue;
    }
    isAfterBlock = true;
    lines.push('', cut(name, columns));
    for (const [key, inner] of Object.entries(value))
      lines.push(...wrapped(`  ${key.padEnd(keyColumns - 2)} `, text(inner)));
  }
  return lines.join('\n');
}

/** What whoever looks must not miss: why the robot tells so little, and what to do about it. */
function safeText({ since, until, because, off, todo }: Record<string, unknown>): string[] {
  const line = (name: string, words: string) => wrapped(`${name.padEnd(nameColumns)} `, words);
  return [
    ...line('SAFE MODE', `since ${text(since)}, because ${text(because)}`),
    ...line('', `off: ${text(off)}; until ${text(until)}`),
    ...line('', text(todo)),
    '',
  ];
}

/** The words after `head`, on as many lines as they need. */
export function wrapped(head: string, words: string): string[] {
  const begin = cut(head, columns / 2);
  const lines: string[] = [];
  let line = begin;
  for (const word of words.split(' ')) {
    const isFirst = line.length === begin.length;
    if (!isFirst && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = ' '.repeat(begin.length) + word;
    } else {
      line += isFirst ? word : ` ${word}`;
    }
  }
  return [...lines, line].map((one) => cut(one, columns));
}

/** Somebody else's words: nothing of them may steer the terminal. */
export const plain = (words: string): string => words.replaceAll(/\p{Cc}+/gu, ' ').trim();

export const cut = (line: string, length = columns): string =>
  line.length > length ? `${line.slice(0, length - 1)}…` : line;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function text(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(text).join(', ');
  if (!isRecord(value)) {
    return plain(String(value as string | number | boolean));
  }
  const parts = Object.entries(value).map(([key, inner]) => `${key} ${text(inner)}`);
  return parts.length === 0 ? '-' : parts.join(', ');
}
