/** Plain text for terminals: at most 80 columns, whether or not the output is a terminal. */

export const columnsMax = 80;

/** Makes external text safe: it cannot break a line, move the cursor or change the text direction. */
export const plain = (words: string): string =>
  words
    .replaceAll(/\p{Cc}+/gu, ' ')
    .replaceAll(/\p{C}/gu, '?')
    .trim();

export const cut = (line: string, length = columnsMax): string =>
  line.length > length ? `${line.slice(0, length - 1)}…` : line;

/** `2026-01-02 03:04:05Z`. */
export const utc = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')}Z`;

/** `2026-01-02 03:04`, for columns whose heading says UTC. */
export const utcMinute = (ms: number): string => utc(ms).slice(0, 16);

/** The words after `head`, wrapped and aligned below its end; a word longer than a line is broken. */
export function wrapped(head: string, words: string): string[] {
  const begin = cut(head, columnsMax / 2);
  const room = columnsMax - begin.length;
  const rows: string[] = [''];
  for (const word of words.split(' ')) {
    const last = rows.at(-1) ?? '';
    const isRoom = last === '' || last.length + 1 + word.length <= room;
    if (isRoom) rows[rows.length - 1] = last === '' ? word : `${last} ${word}`;
    else rows.push(word);
    for (let row = rows.at(-1) ?? ''; row.length > room; row = rows.at(-1) ?? '') {
      rows.splice(-1, 1, row.slice(0, room), row.slice(room));
    }
  }
  const below = ' '.repeat(begin.length);
  return rows.map((row, i) => `${i === 0 ? begin : below}${row}`.trimEnd());
}

/** Columns as wide as their content; the last one is cut at the end of the line. `empty` is printed for no rows. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  empty: string,
): string {
  if (rows.length === 0) return empty;
  const all = [header, ...rows];
  const widths = header.map((_, i) => Math.max(...all.map((row) => (row[i] ?? '').length)));
  return all
    .map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
    .map((line) => cut(line.trimEnd()))
    .join('\n');
}

/** A heading, and below it one or more lines for each name and its value; undefined values are left out. */
export function paragraph(
  heading: string,
  entries: readonly (readonly [name: string, words: string | undefined])[],
): string {
  const width = Math.max(...entries.map(([name]) => name.length));
  const lines = entries.flatMap(([name, words]) =>
    words === undefined ? [] : wrapped(`  ${name.padEnd(width)}  `, words),
  );
  return [cut(heading), ...lines].join('\n');
}
