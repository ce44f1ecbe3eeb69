const esc = '\x1b';
const colour = new RegExp(`${esc}\\[[\\d;]*m`, 'g');
const hyperlink = new RegExp(`${esc}\\]8;;[^${esc}]*${esc}\\\\`, 'g');
const eraseLine = `${esc}[2K`;

/** What a terminal would show of the few control sequences that the demo uses, one string per row. */
export function screenRows(text: string): string[] {
  const rows = plainText(text)
    .split('\n')
    .map((row) => row.split(`\r${eraseLine}`).at(-1) ?? '');
  return rows.at(-1) === '' ? rows.slice(0, -1) : rows;
}

/** Text without its colours and without the targets of its hyperlinks. */
export const plainText = (text: string): string =>
  text.replaceAll(colour, '').replaceAll(hyperlink, '');

export const hasColour = (text: string): boolean => new RegExp(colour).test(text);
