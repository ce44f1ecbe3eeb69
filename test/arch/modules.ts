import { type Import, importsOfTree } from './imports.ts';
import { fits, type Tree, type Violation } from './source.ts';

/**
 * What the files `of` may import from the project. Types are erased, so a contract may be imported where its code may
 * not.
 */
interface Module {
  readonly of: readonly string[];
  readonly values: readonly string[];
  readonly types?: readonly string[];
  /** Whether libraries and Node's own modules may be imported; pure parts import neither. */
  readonly outside?: 'all' | 'types' | 'none';
}

/** Folders that hold one machine and its helpers. */
const features = [
  'body',
  'commands',
  'identity',
  'link',
  'maps',
  'missions',
  'publish',
  'schedule',
  'shadow',
  'time',
  'updates',
];
/** What a machine may import besides its own folder and the protocol. */
const machineShared = [
  'agent/events.ts',
  'agent/kernel/machine.ts',
  'agent/publish/token-bucket.ts',
  'agent/identity/credentials-after.ts',
];

/** The first module that a file matches decides. ARCHITECTURE.md describes the layout. */
const modules: readonly Module[] = [
  { of: ['protocol/schemas/kit.ts'], values: ['protocol/**'] },
  { of: ['protocol/**'], values: ['protocol/**'], outside: 'types' },
  { of: ['base/**'], values: ['base/**'] },
  { of: ['hal/*.ts'], values: [], outside: 'types' },
  ...['sim', 'linux', 'create2'].map((board) => ({
    of: [`hal/${board}/**`],
    values: [`hal/${board}/**`, 'base/**'],
    types: ['hal/*.ts'],
  })),
  // The composition root: the only file that names concrete adapters and boards.
  { of: ['agent/main.ts'], values: ['agent/**', 'hal/**', 'base/**', 'protocol/**'] },
  {
    of: ['agent/io/**'],
    values: ['agent/io/**', 'protocol/**', 'base/**'],
    types: [
      'agent/*.ts',
      'agent/cli/provision.ts',
      'agent/kernel/*.ts',
      'agent/supervise/*.ts',
      'hal/*.ts',
    ],
  },
  // The kernel depends on no feature.
  {
    of: ['agent/kernel/**'],
    values: ['agent/kernel/**', 'base/**', 'protocol/**'],
    types: ['agent/ports.ts', 'agent/events.ts', 'agent/counters.ts'],
  },
  // Queries over what the machines have stored.
  {
    of: ['agent/missions/requests.ts'],
    values: ['agent/missions/**', 'agent/kernel/**', 'protocol/**'],
    types: ['agent/*.ts'],
    outside: 'none',
  },
  // Effects, over ports.
  ...features.map(
    (name): Module => ({
      of: [
        `agent/${name}/effects.ts`,
        `agent/${name}/sender.ts`,
        `agent/${name}/install-source.ts`,
      ],
      values: [
        `agent/${name}/**`,
        'agent/effects.ts',
        'agent/board/limits.ts',
        'agent/kernel/**',
        'base/**',
        'protocol/**',
      ],
      types: ['agent/*.ts', 'agent/board/**', 'agent/publish/**', 'hal/*.ts'],
      outside: 'none',
    }),
  ),
  ...features.map(
    (name): Module => ({
      of: [`agent/${name}/**`],
      values: [`agent/${name}/**`, ...machineShared, 'protocol/**'],
      types: [
        'hal/*.ts',
        'agent/kernel/ports.ts',
        'agent/ports.ts',
        'agent/board/answers.ts',
        'agent/*/effects.ts',
      ],
      outside: 'none',
    }),
  ),
  // Between the loop and any board.
  {
    of: ['agent/board/**'],
    values: ['agent/board/**', 'base/**', 'protocol/**'],
    types: ['agent/*.ts', 'agent/kernel/*.ts', 'hal/*.ts'],
    outside: 'none',
  },
  {
    of: ['agent/supervise/**'],
    values: ['agent/supervise/**', 'agent/kernel/**', 'base/**', 'protocol/**'],
    types: ['agent/*.ts'],
  },
  {
    of: [
      'agent/counters.ts',
      'agent/events.ts',
      'agent/ports.ts',
      'agent/effects.ts',
      'agent/request-context.ts',
    ],
    values: [],
    types: ['agent/*/*.ts', 'agent/*.ts', 'hal/*.ts', 'protocol/**'],
    outside: 'none',
  },
  {
    of: ['agent/*.ts', 'agent/api/**', 'agent/cli/**'],
    values: [
      'agent/*.ts',
      ...['api', 'board', 'cli', 'kernel', 'supervise', ...features].map(
        (name) => `agent/${name}/**`,
      ),
      'protocol/**',
      'base/**',
    ],
    types: ['hal/*.ts'],
  },
  { of: ['factory/**'], values: ['factory/**', 'protocol/**', 'base/**'] },
  { of: ['cloud-stub/**'], values: ['cloud-stub/**', 'protocol/**', 'base/**'] },
  {
    of: ['tools/**'],
    values: [
      'agent/**',
      'base/**',
      'cloud-stub/**',
      'factory/**',
      'hal/**',
      'protocol/**',
      'tools/**',
    ],
  },
  { of: ['test/**'], values: ['**'] },
  { of: ['*.config.ts'], values: ['test/support/**'] },
];

/** Checks the direction of dependencies. */
export function moduleViolations(tree: Tree): Violation[] {
  return importsOfTree(tree).flatMap((found) => {
    const module = modules.find(({ of }) => fits(found.from, of));
    if (module === undefined) return [`${found.from}: belongs to no module of the layout`];
    return allowed(module, found)
      ? []
      : [`${found.from}:${found.line}: may not import ${found.specifier}`];
  });
}

function allowed(module: Module, found: Import): boolean {
  if (found.path === undefined) {
    const outside = module.outside ?? 'all';
    return outside === 'all' || (outside === 'types' && found.typeOnly);
  }
  // A `main.ts` starts its program when it is imported.
  if (fits(found.path, ['**/main.ts'])) return false;
  if (fits(found.path, module.values)) return true;
  // A program prints its version; the tools read pinned versions.
  if (found.path === 'package.json') return fits(found.from, ['**/main.ts', 'tools/**']);
  return found.typeOnly && fits(found.path, module.types ?? []);
}
