import { posix } from 'node:path';
import { importsOf } from './imports.ts';
import { fits, readText, type Tree, type Violation } from './source.ts';

/** Entry points: command lines, tests, configuration, and what `package.json` starts by name. */
const entries = ['**/main.ts', '**/*.test.ts', '*.config.ts', 'tools/*.ts', 'tools/*.cjs'];
/** Declarations belong to the file beside them; nothing imports them. */
const declarations = ['**/*.d.ts'];

/** Files that no program, test or script reaches. */
export function deadFiles(tree: Tree): Violation[] {
  const reached = new Set<string>();
  const queue = [...tree.keys()].filter((path) => fits(path, entries));
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    queue.push(...namedIn(path, tree));
  }
  return [...tree.keys()]
    .filter((path) => !reached.has(path) && !fits(path, declarations))
    .map((path) => `${path}: nothing leads to this file`);
}

/** Files of the tree that `path` imports, or names in a string (a child process, a worker). */
function namedIn(path: string, tree: Tree): string[] {
  const source = tree.get(path) ?? '';
  const imported = importsOf(path, source).map((one) => one.path ?? '');
  const named = readText(source).strings.flatMap(({ value }) => [
    posix.normalize(value),
    posix.join(posix.dirname(path), value),
  ]);
  return [...imported, ...named].filter((one) => tree.has(one));
}
