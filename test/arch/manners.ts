import { fits, lineOf, readText, type Tree, type Violation } from './source.ts';

export const linesMax = 400;
/** The limit keeps diffs readable; generated files are no exception. */
export const columnsMax = 300;

/** Something that no file may contain. `where`: in the code alone, or anywhere in the text, comments included. */
interface Taboo {
  readonly what: string;
  readonly pattern: RegExp;
  readonly where: 'code' | 'text';
  readonly except?: readonly string[];
}

const rulesThemselves = ['test/arch/**'];

const taboos: readonly Taboo[] = [
  {
    what: 'TLS without verification',
    pattern: /\brejectUnauthorized\s*:\s*false\b/g,
    where: 'code',
  },
  {
    what: 'TLS without verification',
    pattern: /NODE_TLS_REJECT_UNAUTHORIZED/g,
    where: 'text',
    except: rulesThemselves,
  },
  {
    what: 'default export',
    pattern: /\bexport\s+default\b|\bexport\s*\{[^}]*\bas\s+default\b/g,
    where: 'code',
    except: ['*.config.ts', '**/*.d.ts'],
  },
  {
    what: 'any',
    pattern: /(?:[:<|&,(=>]\s*|\b(?:as|extends|is|keyof)\s+)any\b(?!\s*[(:?.])/g,
    where: 'code',
  },
  {
    what: 'switched-off type check',
    pattern: /@ts-(?:ignore|nocheck|expect-error)/g,
    where: 'text',
    except: rulesThemselves,
  },
  {
    // Faked by default, they block the messages between vitest and its worker, and the run sometimes hangs.
    what: 'fake timers that fake turns',
    pattern: /\buseFakeTimers\((?![^;]*\btoFake\b)/g,
    where: 'code',
  },
  {
    what: 'fake timers that fake turns',
    pattern: /\btoFake:[^\]]*\b(?:nextTick|queueMicrotask|setImmediate)\b/g,
    where: 'text',
    except: rulesThemselves,
  },
  { what: '.only', pattern: /\b(?:it|test|describe)\.only\b/g, where: 'code' },
];

/** Style rules that the linters do not check, or that must hold whatever the linters' configuration says. */
export function mannerViolations(tree: Tree): Violation[] {
  return [...tree].flatMap(([path, source]) => {
    const wide = tooWide(path, source);
    if (path.startsWith('protocol/generated/')) return wide;
    const text = readText(source);
    const found = taboos
      .filter(({ except }) => !fits(path, except ?? []))
      .flatMap(({ what, pattern, where }) =>
        [...(where === 'code' ? text.code : source).matchAll(pattern)].map(
          ({ index }) => `${path}:${lineOf(source, index)}: ${what}`,
        ),
      );
    return [...found, ...wide, ...tooLong(path, source), ...skippedTests(path, source)];
  });
}

function tooLong(path: string, source: string): Violation[] {
  const lines = source.trimEnd().split('\n').length;
  if (lines <= linesMax || path.startsWith('test/vectors/')) return [];
  return [`${path}: ${lines} lines, at most ${linesMax}`];
}

function tooWide(path: string, source: string): Violation[] {
  return source
    .split('\n')
    .flatMap((line, index) =>
      line.length <= columnsMax
        ? []
        : [`${path}:${index + 1}: ${line.length} columns, at most ${columnsMax}`],
    );
}

/**
 * A test that may be skipped names its requirement or reason, so that a report of skipped tests can be read. A helper
 * that puts the reason into the name is called `with...` or `needs...`.
 */
function skippedTests(path: string, source: string): Violation[] {
  if (!path.startsWith('test/')) return [];
  const { code, strings } = readText(source);
  const skips = code.matchAll(/\b(?:it|test|describe)\.(?:skip|todo|skipIf|runIf|fails)\b/g);
  return [...skips].flatMap(({ index }) => {
    const after = code.slice(index, index + 300);
    const names = strings.filter(({ start }) => start > index && start - index < 300);
    if (/^[^;'"`]*\(\s*(?:with|needs)[A-Z]\w*\(/.test(after)) return [];
    if (names.some(({ value }) => /\b(?:needs|because|only)\b/.test(value))) return [];
    return [`${path}:${lineOf(source, index)}: skipped without a reason in the name`];
  });
}
