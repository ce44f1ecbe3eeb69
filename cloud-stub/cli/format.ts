/** Plain text for terminals: at most 80 columns, and the same whether or not it is one. */

const columnsMax = 80;

/** Columns as wide as their content; the last one is cut where the line would end. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return 'none';
  const all = [header, ...rows];
  const widths = header.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)));
  return all
    .map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
    .map((line) => cut(line.trimEnd()))
    .join('\n');
}

export const cut = (line: string): string =>
  line.length <= columnsMax ? line : `${line.slice(0, columnsMax - 3)}...`;

/** Several lines instead of one that is too long: whole words where there are any; `indent` leads all but the first. */
export function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > columnsMax) {
    const space = rest.lastIndexOf(' ', columnsMax);
    const end = rest.slice(0, Math.max(space, 0)).trim() === '' ? columnsMax : space;
    lines.push(rest.slice(0, end));
    rest = indent + rest.slice(end).trimStart();
  }
  return [...lines, rest].join('\n');
}

/** Somebody else's words, without anything that could move the cursor. */
export const plain = (text: string): string => text.replaceAll(/\p{C}/gu, '?');

/** `2026-01-02 03:04:05`, UTC. */
export const moment = (ms: number): string =>
  new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
