import { importsOf } from './imports.ts';
import { fits, lineOf, readText, type Tree, type Violation } from './source.ts';

/** A call that brings the outside into the code. Where it is banned, its result comes in as an argument instead. */
interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  /** Modules that offer nothing else. */
  readonly modules: readonly string[];
  readonly allowed: readonly string[];
  /**
   * Exceptions within the simulated world, where the same scenario must always run the same way: none unless named
   * here.
   */
  readonly inWorld?: readonly string[];
}

const world = ['test/simulation/world/**'];

/** Files that do real input and output. Everything under `tools` and `test` is exempt. */
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

/** Files that may draw real random numbers: adapters, and code that makes keys and certificates. */
const makersOfSecrets = [
  ...adapters,
  'base/**',
  'hal/sim/run.ts',
  'hal/linux/**',
  'cloud-stub/renewal-ca.ts',
  'cloud-stub/server-identity.ts',
  'cloud-stub/operator-key.ts',
  'factory/token-keys.ts',
];

const clocks = [...adapters, 'base/clock.ts', 'base/stdio.ts'];

const bans: readonly Ban[] = [
  {
    what: 'the wall clock',
    pattern:
      /\bDate\.now\b|\bnew Date\(\s*\)|\bnew Date\b(?!\s*\()|(?<!new )\bDate\(\s*\)|\}\s*=\s*Date\b/g,
    modules: [],
    allowed: clocks,
  },
  {
    what: 'the monotonic clock',
    pattern: /(?<![\w$.])performance\b(?!\s*:)|\bprocess\.(?:hrtime|uptime)\b/g,
    modules: ['node:perf_hooks'],
    allowed: clocks,
  },
  {
    what: 'Math.random',
    pattern: /\bMath\.random\b|\}\s*=\s*Math\b/g,
    modules: [],
    allowed: ['tools/**', 'test/**'],
  },
  {
    what: 'random numbers',
    pattern:
      /\b(?:randomBytes|randomUUID|randomInt|randomFill(?:Sync)?|getRandomValues|generate(?:Key|KeyPair|Prime)(?:Sync)?|webcrypto)\b/g,
    modules: [],
    allowed: makersOfSecrets,
    // Real keys and certificates; no outcome depends on their bits.
    inWorld: world,
  },
  {
    what: 'timers',
    pattern:
      /(?<![\w$.])(?:global(?:This)?\.)?(?:setTimeout|setInterval|setImmediate)\b|\bAbortSignal\.timeout\b/g,
    modules: ['node:timers', 'node:timers/promises'],
    allowed: clocks,
    // Between two immediates Node finishes all pending promise callbacks.
    inWorld: ['test/simulation/world/clock.ts'],
  },
  {
    what: 'process.env',
    pattern: /\bprocess(?:\??\.env\b|\s*\[)|\}\s*=\s*process\b/g,
    modules: ['node:process'],
    allowed: adapters,
  },
  {
    what: 'process.umask',
    pattern: /\bprocess\.umask\b/g,
    modules: [],
    allowed: ['**/main.ts', 'test/**'],
  },
  {
    what: 'process.on',
    pattern: /\bprocess\.(?:on|once|exit|kill)\b/g,
    modules: [],
    allowed: [...adapters, 'base/cli.ts', 'base/stdio.ts'],
    inWorld: world,
  },
  {
    what: 'console',
    pattern: /(?<![\w$.])console\./g,
    modules: ['node:console'],
    allowed: ['tools/link-runtime.cjs'],
  },
];

const isAllowed = (path: string, { allowed, inWorld = [] }: Ban): boolean =>
  fits(path, fits(path, world) ? inWorld : allowed);

/**
 * Calls that read time, randomness or the environment where these must come in as arguments. Each place is reported
 * once.
 */
export function callViolations(tree: Tree): Violation[] {
  return [...tree].flatMap(([path, source]) => {
    if (path.startsWith('protocol/generated/')) return [];
    const { code } = readText(source);
    const imports = importsOf(path, source).filter(({ typeOnly }) => !typeOnly);
    const found = bans
      .filter((ban) => !isAllowed(path, ban))
      .flatMap(({ what, pattern, modules }) => {
        const called = [...code.matchAll(pattern)].map(({ index }) => lineOf(source, index));
        const imported = imports.filter(({ specifier }) => modules.includes(specifier));
        return [...called, ...imported.map(({ line }) => line)].map(
          (line) => `${path}:${line}: no ${what} here; take it as an argument`,
        );
      });
    return [...new Set(found)];
  });
}
