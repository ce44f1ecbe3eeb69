import type { Command } from './cli.ts';

/** As wide as the narrowest terminal in use: a word that is broken at the screen's edge reads badly. */
const columns = 80;

/** A program's commands, a line or a short paragraph each. */
export function programHelp(program: {
  name: string;
  summary: string;
  commands: Record<string, Command>;
}): string {
  const width = Math.max(...Object.keys(program.commands).map((word) => word.length));
  const rows = Object.entries(program.commands).map(([word, { summary }]) =>
    paragraph(`  ${word.padEnd(width)}  `, summary),
  );
  return [
    paragraph('', `${program.name}: ${program.summary}`),
    '',
    ...rows,
    '',
    `${program.name} COMMAND --help shows a command's options; --version the version.`,
  ].join('\n');
}

/** A command's options, a line and a paragraph each. `line` is the program's name and the command's. */
export function commandHelp(line: string, { summary, options }: Command): string {
  const rows = Object.entries(options).map(([name, option]) => {
    const value =
      option.type === 'boolean'
        ? ''
        : ` ${option.value ?? (option.type === 'number' ? 'N' : 'TEXT')}`;
    const notes = [
      option.required ? 'required' : '',
      option.default !== undefined && option.default !== false ? `default ${option.default}` : '',
    ].filter(Boolean);
    const text = `${option.describe}${notes.length ? ` (${notes.join(', ')})` : ''}`;
    return [`  --${name}${value}`, paragraph('      ', text)];
  });
  return [paragraph('', `${line}: ${summary}`), '', ...rows.flat()].join('\n');
}

/** `text` after `lead`, broken between words; further lines begin below its first word. */
function paragraph(lead: string, text: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    const isRoom = last !== undefined && lead.length + last.length + 1 + word.length <= columns;
    if (isRoom) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lead + lines.join(`\n${' '.repeat(lead.length)}`);
}
