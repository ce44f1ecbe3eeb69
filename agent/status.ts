import type { Json } from './machine.ts';

/** The status as a person reads it: a heading a machine, a line a value, none wider than 80 columns. */
export function statusText(status: Json): string {
  if (!isRecord(status)) return text(status);
  const lines: string[] = [];
  for (const [name, value] of Object.entries(status)) {
    if (!isRecord(value)) {
      lines.push(`${name.padEnd(12)} ${text(value)}`);
      continue;
    }
    lines.push('', name);
    for (const [key, inner] of Object.entries(value))
      lines.push(`  ${key.padEnd(18)} ${text(inner)}`);
  }
  return lines.map((line) => (line.length > 80 ? `${line.slice(0, 79)}…` : line)).join('\n');
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function text(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(text).join(', ');
  // The cloud may have said it: nothing of it may steer the terminal.
  if (!isRecord(value)) {
    const shown = String(value as string | number | boolean);
    return shown.replaceAll(/\p{Cc}+/gu, ' ').trim();
  }
  const parts = Object.entries(value).map(([key, inner]) => `${key} ${text(inner)}`);
  return parts.length === 0 ? '-' : parts.join(', ');
}
