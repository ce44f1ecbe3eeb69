import type { Command, Option } from './command.ts';
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
  const positional = word === undefined ? undefined : options[word];
  const line = positional === undefined ? program : `${program} ${placeholderOf(positional)}`;
  const rows = Object.entries(options).map(([name, option]) => {
    const value = option.type === 'boolean' ? '' : ` ${placeholderOf(option)}`;
    const notes = [
      option.required ? 'required' : '',
      option.default !== undefined && option.default !== false ? `default ${option.default}` : '',
    ].filter(Boolean);
    const text = `${option.describe}${notes.length ? ` (${notes.join(', ')})` : ''}`;
    const bare = name === word ? `${placeholderOf(option)}, ` : '';
    return [`  ${bare}--${name}${value}`, paragraph('      ', text)];
  });
  return [paragraph('', `${line}: ${summary}`), '', ...rows.flat()].join('\n');
}

/** What stands for an option's value. */
export const placeholderOf = ({ type, value }: Option): string =>
  value ?? (type === 'string' ? 'TEXT' : 'N');

const paragraph = (lead: string, text: string): string => wrapped(lead, text).join('\n');
