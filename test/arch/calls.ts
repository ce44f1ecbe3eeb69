import { fits, lineOf, readText, type Tree, type Violation } from './source.ts';

/** A way out of the pure parts. Where it is not allowed, what it gives comes in as an argument instead. */
interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  readonly allowed: readonly string[];
}

/** Files whose work is the real world. Everything under `tools` and `test` may do what it likes. */
const adapters = [
  'agent/io/**',
  '**/main.ts',
  'tools/**',
  'test/**',
  'cloud-stub/broker.ts',
  'cloud-stub/bridge.ts',
  'cloud-stub/http.ts',
  'cloud-stub/http/**',
  'cloud-stub/serve.ts',
];

const bans: readonly Ban[] = [
  {
    what: 'the wall clock',
    pattern: /\bDate\.now\b|\bnew Date\(\s*\)|(?<!new )\bDate\(\s*\)/g,
    allowed: [...adapters, 'base/clock.ts'],
  },
  {
    what: 'the monotonic clock',
    pattern: /\bperformance\.now\b|\bprocess\.(?:hrtime|uptime)\b/g,
    allowed: [...adapters, 'base/clock.ts'],
  },
  { what: 'Math.random', pattern: /\bMath\.random\b/g, allowed: ['tools/**', 'test/**'] },
  {
    what: 'timers',
    pattern: /(?<![\w$.])(?:setTimeout|setInterval|setImmediate)\b|\bAbortSignal\.timeout\b/g,
    allowed: [...adapters, 'base/clock.ts'],
  },
  { what: 'process.env', pattern: /\bprocess\.env\b/g, allowed: adapters },
  { what: 'process.umask', pattern: /\bprocess\.umask\b/g, allowed: ['**/main.ts', 'test/**'] },
  {
    what: 'process.on',
    pattern: /\bprocess\.(?:on|once|exit|kill)\b/g,
    allowed: [...adapters, 'base/cli.ts'],
  },
  { what: 'console', pattern: /(?<![\w$.])console\./g, allowed: ['tools/link-runtime.cjs'] },
];

/** Calls that would let the outside in where it must come as an argument. */
export function callViolations(tree: Tree): Violation[] {
  return [...tree].flatMap(([path, source]) => {
    if (path.startsWith('protocol/generated/')) return [];
    const { code } = readText(source);
    return bans
      .filter(({ allowed }) => !fits(path, allowed))
      .flatMap(({ what, pattern }) =>
        [...code.matchAll(pattern)].map(
          ({ index }) =>
            `${path}:${lineOf(source, index)}: no ${what} here; take it as an argument`,
        ),
      );
  });
}
