import { posix } from 'node:path';
import { lineOf, readText, type Tree } from './source.ts';

export interface Import {
  /** The importing file. */
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  /** The imported file's path from the project's root, when it is a file of the project. */
  readonly path?: string;
  /** The package, without the path inside it, or `node:...`. */
  readonly library?: string;
  /** Erased before the program runs: `import type`, `export type ... from`. */
  readonly typeOnly: boolean;
}

const statements = [
  // import a, { b, type c } from '...'; export * from '...'; export type { d } from '...';
  /(?<![\w$.])(?:import|export)\s+(?<type>type\s+(?!from\b))?[\w$*\s{},]*?\bfrom\s*(?=['"])/g,
  // import '...';
  /(?<![\w$.])import\s*(?=['"])/g,
  // import('...'); require('...');
  /(?<![\w$.])(?:import|require)\s*\(\s*(?=['"])/g,
];

/** Everything a file imports, in no particular order. */
export function importsOf(path: string, source: string): Import[] {
  const { code, strings } = readText(source);
  const valueAt = new Map(strings.map(({ start, value }) => [start, value]));
  return statements.flatMap((statement) =>
    [...code.matchAll(statement)].map((match) => {
      const specifier = valueAt.get(match.index + match[0].length) ?? '';
      return {
        from: path,
        line: lineOf(source, match.index),
        specifier,
        ...target(path, specifier),
        typeOnly: match.groups?.['type'] !== undefined,
      };
    }),
  );
}

/** All imports of the tree. */
export function importsOfTree(tree: Tree): Import[] {
  return [...tree].flatMap(([path, source]) => importsOf(path, source));
}

function target(from: string, specifier: string): { path: string } | { library: string } {
  if (specifier.startsWith('.')) return { path: posix.join(posix.dirname(from), specifier) };
  if (specifier.startsWith('node:')) return { library: specifier };
  const parts = specifier.split('/');
  return { library: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/') };
}
