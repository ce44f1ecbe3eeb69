import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Clock } from '../../base/clock.ts';
import { PilotfishError } from '../../base/errors.ts';
import { writeFileDurable } from '../../base/files.ts';

const project = join(import.meta.dirname, '..', '..');

export interface BundleOptions {
  /** Stamped into the program as `__PILOTFISH_VERSION__`. */
  readonly version: string;
  /** Stamped as `__PILOTFISH_SECURITY_COUNTER__`, by default 0. */
  readonly securityCounter?: number;
  /**
   * Stamped as `__PILOTFISH_BUILT_MS__`, ms since 1970: a robot's clock that shows less is wrong. The default 0 gives
   * no bound; builds to be shipped give the time (`buildTimeMs`).
   */
  readonly builtMs?: number;
  /** The file to write; its folder is made. */
  readonly out: string;
  /** The program to bundle, by default the agent. */
  readonly entry?: string;
  /** Plugins of esbuild, for builds that must differ from the sources. */
  readonly plugins?: readonly Plugin[];
}

/** A built file, as a manifest describes it: length in bytes, SHA-256 in hex. */
export interface BuiltFile {
  readonly path: string;
  readonly length: number;
  readonly sha256: string;
}

/**
 * Bundles the agent with everything it imports into one minified CommonJS file, the form that both a slot of the
 * simulated board and the single executable take. The same sources and options give the same bytes.
 *
 * CommonJS has no `import.meta` and no top-level await: the file's own name replaces `import.meta.url`,
 * `dirname` and `filename`; any other use, and a top-level await, fail the build (`bundle-failed`).
 */
export function buildAgentBundle(options: BundleOptions): Promise<BuiltFile> {
  return bundle(options, '');
}

/** The same program with a throw before its first statement: an update that a robot must survive. */
export function buildCrashingBundle(options: BundleOptions): Promise<BuiltFile> {
  return bundle(options, "throw new Error('this build crashes at boot, on purpose');");
}

async function bundle(options: BundleOptions, firstStatement: string): Promise<BuiltFile> {
  const { version, out, entry = join(project, 'agent', 'main.ts'), plugins = [] } = options;
  await mkdir(dirname(out), { recursive: true });
  let text: Uint8Array;
  try {
    const { outputFiles } = await build({
      write: false,
      entryPoints: [entry],
      outfile: resolve(out),
      absWorkingDir: project,
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node24',
      format: 'cjs',
      charset: 'utf8',
      legalComments: 'none',
      logLevel: 'silent',
      plugins: [...plugins],
      define: {
        __PILOTFISH_VERSION__: JSON.stringify(version),
        __PILOTFISH_SECURITY_COUNTER__: JSON.stringify(options.securityCounter ?? 0),
        __PILOTFISH_BUILT_MS__: JSON.stringify(options.builtMs ?? 0),
        'import.meta.url': '__bundleUrl',
        'import.meta.filename': '__filename',
        'import.meta.dirname': '__dirname',
      },
      banner: {
        js: `${firstStatement}const __bundleUrl=require('node:url').pathToFileURL(__filename).href;`,
      },
      logOverride: { 'empty-import-meta': 'error' },
    });
    text = outputFiles[0]?.contents ?? new Uint8Array();
  } catch (cause) {
    throw new PilotfishError('bundle-failed', `${entry} cannot be bundled`, { cause });
  }
  await writeFileDurable(out, text, 0o755);
  return describeFile(out);
}

/**
 * The time to stamp into a build: `SOURCE_DATE_EPOCH` (seconds since 1970), which makes a build reproducible byte for
 * byte, or now. Throws `config-source-date`.
 */
export function buildTimeMs(
  env: Readonly<Record<string, string | undefined>>,
  clock: Pick<Clock, 'wallMs'>,
): number {
  const given = env['SOURCE_DATE_EPOCH'];
  if (given === undefined || given === '') return Math.round(clock.wallMs());
  if (/^\d{1,11}$/.test(given)) return Number(given) * 1000;
  throw new PilotfishError('config-source-date', `SOURCE_DATE_EPOCH is "${given}"`, {
    hint: 'it is a whole number of seconds since 1970',
  });
}

/** Length and digest of a file. */
export async function describeFile(path: string): Promise<BuiltFile> {
  const bytes = await readFile(path);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path, length: bytes.byteLength, sha256 };
}
