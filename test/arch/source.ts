import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's source files: path from its root to text. Rules are functions over such a tree. */
export type Tree = ReadonlyMap<string, string>;

/** One violation of a rule, as one line for people. */
export type Violation = string;

const modules = ['agent', 'base', 'cloud-stub', 'factory', 'hal', 'protocol', 'test', 'tools'];

/** Reads the tree from disk: all files of the modules, and the program files in the root folder. */
export function readTree(root: string): Tree {
  const tree = new Map<string, string>();
  const take = (path: string) => {
    if (/\.(ts|js|cjs|mjs)$/.test(path)) tree.set(path, readFileSync(join(root, path), 'utf8'));
  };
  const walk = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const inside = folder !== '' || modules.includes(entry.name);
      if (entry.isDirectory() && inside && entry.name !== 'node_modules') walk(path);
      else if (entry.isFile()) take(path);
    }
  };
  walk('');
  return tree;
}

/** True when `path` matches one of `globs`: `*` within a name, `**` across folders; no other character is special. */
export function fits(path: string, globs: readonly string[]): boolean {
  return globs.some((glob) => {
    const pattern = glob
      .replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')
      .replaceAll(/\*\*\/|\*\*|\*/g, (stars) => {
        if (stars === '**/') return '(?:.*/)?';
        return stars === '**' ? '.*' : '[^/]*';
      });
    return new RegExp(`^${pattern}$`).test(path);
  });
}

export interface Text {
  /** The source with the contents of comments, strings and regular expressions blanked; same length, same lines. */
  readonly code: string;
  /** The plain strings and the template parts that were blanked. `start` is the offset of the opening quote. */
  readonly strings: readonly { readonly start: number; readonly value: string }[];
}

/** Parses a source just enough that rules see code, and not the text of comments and strings. */
export function readText(source: string): Text {
  const strings: { start: number; value: string }[] = [];
  const code = source.split('');
  /** Brace depth at which each open template literal resumes. */
  const templates: number[] = [];
  let depth = 0;
  let at = 0;

  const blank = (from: number, to: number) => {
    for (let i = from; i < to; i++) if (source[i] !== '\n') code[i] = ' ';
  };
  const string = (end: number) => {
    strings.push({ start: at, value: source.slice(at + 1, end) });
    blank(at + 1, end);
    at = end + 1;
  };
  /** From a backtick or a closing brace to the next `${` or the end of the template. */
  const templatePart = () => {
    const end = closing(source, at + 1, /[`]|\$\{/g);
    const opens = source[end] === '$';
    if (opens) templates.push(depth);
    string(end);
    if (opens) at = end + 2;
  };

  while (at < source.length) {
    const char = source[at] as string;
    const two = source.slice(at, at + 2);
    if (two === '//' || two === '/*') {
      const end = endOfComment(source, at);
      blank(at, end);
      at = end;
    } else if (char === "'" || char === '"') {
      string(closing(source, at + 1, char === '"' ? /"/g : /'/g));
    } else if (char === '`') {
      templatePart();
    } else if (char === '}' && templates.at(-1) === depth) {
      templates.pop();
      templatePart();
    } else if (char === '/' && startsRegex(code, at)) {
      const end = endOfRegex(source, at + 1);
      blank(at + 1, end);
      at = end + 1;
    } else {
      if (char === '{') depth += 1;
      if (char === '}') depth -= 1;
      at += 1;
    }
  }
  return { code: code.join(''), strings };
}

/** The 1-based line of an offset. */
export const lineOf = (text: string, offset: number): number =>
  text.slice(0, offset).split('\n').length;

function endOfComment(source: string, at: number): number {
  const line = source[at + 1] === '/';
  const end = source.indexOf(line ? '\n' : '*/', at + 2);
  if (end < 0) return source.length;
  return line ? end : end + 2;
}

/** The offset of the first match of `mark` that is not escaped by a backslash. */
function closing(source: string, from: number, mark: RegExp): number {
  mark.lastIndex = from;
  for (;;) {
    const found = mark.exec(source);
    if (found === null) return source.length;
    const backslashes = /\\*$/.exec(source.slice(from, found.index))?.[0].length ?? 0;
    if (backslashes % 2 === 0) return found.index;
  }
}

/** A slash begins a regular expression when no value can have ended just before it. */
function startsRegex(code: readonly string[], at: number): boolean {
  let before = at - 1;
  while (before >= 0 && /\s/.test(code[before] as string)) before -= 1;
  if (before < 0) return true;
  if (!/[\w$)\]'"`}]/.test(code[before] as string)) return true;
  const tail = code.slice(Math.max(0, before - 10), before + 1).join('');
  return /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|throw|void|await|yield)$/.test(tail);
}

function endOfRegex(source: string, from: number): number {
  let inClass = false;
  for (let at = from; at < source.length; at++) {
    const char = source[at];
    if (char === '\\') at += 1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '\n' || (char === '/' && !inClass)) return at;
  }
  return source.length;
}
