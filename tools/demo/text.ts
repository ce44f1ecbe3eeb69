/** Text for a terminal, measured in columns. All characters used here are one column wide. */

const codes = { bold: '1', dim: '2', red: '31', green: '32', cyan: '36' } as const;
export type Colour = keyof typeof codes;
export type Paint = (colour: Colour, text: string) => string;
/** The labels' colour. */
export const blue: Colour = 'cyan';

/** Colours text, or leaves it as it is. */
export const paintWith =
  (isColoured: boolean): Paint =>
  (colour, text) =>
    isColoured ? `\x1b[${codes[colour]}m${text}\x1b[0m` : text;

/** Text that opens `url` where the terminal knows how (OSC 8), and is just text elsewhere. */
export const hyperlink = (url: string, text: string): string =>
  `\x1b]8;;${url}\x1b\\${text}\x1b]8;;\x1b\\`;

/** Whether the environment shows that the terminal supports those links: a terminal cannot be queried for it. */
export const knowsHyperlinks = (env: Readonly<Record<string, string | undefined>>): boolean =>
  Number(env['VTE_VERSION']) >= 5000 ||
  ['iTerm.app', 'WezTerm', 'vscode', 'ghostty'].includes(env['TERM_PROGRAM'] ?? '') ||
  ['WT_SESSION', 'KITTY_WINDOW_ID', 'KONSOLE_VERSION'].some((name) => env[name] !== undefined);

/** Text cut to `columns`, with an ellipsis when something was cut off. */
export function clip(text: string, columns: number): string {
  const characters = Array.from(text);
  if (characters.length <= columns) return text;
  return `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`;
}

/** Text as lines of at most `columns`, broken between words; a longer word is broken inside. Never empty. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= columns) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    for (; line.length > columns; line = line.slice(columns)) lines.push(line.slice(0, columns));
  }
  return [...lines, line];
}

/** A bar of `width` columns, filled from the left in eighths of a column. `part` is 0 to 1. */
export function bar(part: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, part)) * width * 8);
  const full = Math.floor(eighths / 8);
  const rest = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? '';
  return `${'█'.repeat(full)}${rest}`.padEnd(width, '░');
}

/** Bytes for people. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
