import type { Command } from './command.ts';
import { wrapped } from './text.ts';

/** A program's commands, a line or a short paragraph each. */
export function programHelp(program: {
  name: string;
  summary: string;
  commands: Readonly<Record<string, Command>>;
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
    `${program.name} help COMMAND shows a command's options; --version the version.`,
  ].join('\n');
}

/** A command's options, a line and a paragraph each. `program` is the program's name and the command's. */
export function commandHelp(program: string, { summary, options, word }: Command): string {
  const bare = word === undefined ? '' : ` ${options[word]?.value ?? 'TEXT'}`;
  const line = `${program}${bare}`;
  const rows = Object.entries(options).map(([name, option]) => {
    const value =
      option.type === 'boolean'
        ? ''
        : ` ${option.value ?? (option.type === 'string' ? 'TEXT' : 'N')}`;
    const notes = [
      option.required ? 'required' : '',
      option.default !== undefined && option.default !== false ? `default ${option.default}` : '',
    ].filter(Boolean);
    const text = `${option.describe}${notes.length ? ` (${notes.join(', ')})` : ''}`;
    return [`  --${name}${value}`, paragraph('      ', text)];
  });
  return [paragraph('', `${line}: ${summary}`), '', ...rows.flat()].join('\n');
}

const paragraph = (lead: string, text: string): string => wrapped(lead, text).join('\n');
