import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import config from '../../vitest.config.ts';
import { callViolations } from './calls.ts';
import { circleViolations } from './circles.ts';
import { libraryViolations, type Manifest } from './libraries.ts';
import { mannerViolations } from './manners.ts';
import { moduleViolations } from './modules.ts';
import { deadFiles } from './reach.ts';
import { fits, readTree } from './source.ts';

const root = join(import.meta.dirname, '..', '..');
const tree = readTree(root);
/** The texts below a folder, by their paths from the root. */
const pagesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(relative(root, entry.parentPath), entry.name));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

describe('the architecture', () => {
  it('imports only in the directions that the layout allows', () => {
    expect(moduleViolations(tree)).toEqual([]);
  });

  it('has no import cycle, types included', () => {
    expect(circleViolations(tree)).toEqual([]);
  });

  it('imports each external library in one place, and declares exactly what it uses', () => {
    expect(libraryViolations(tree, manifest)).toEqual([]);
  });

  it('takes time, randomness and the process as arguments outside the adapters', () => {
    expect(callViolations(tree)).toEqual([]);
  });

  it('follows the style rules', () => {
    expect(mannerViolations(tree)).toEqual([]);
  });

  it('has no dead files', () => {
    expect(deadFiles(tree)).toEqual([]);
  });

  it('runs every test file, in one project', () => {
    const projects = (config.test?.projects ?? []).map(
      (project) => (project as { test: { include: string[] } }).test.include,
    );
    const files = [...tree.keys()].filter((path) => /\.(test|spec)\.\w+$/.test(path));
    const homes = (path: string) => projects.filter((include) => fits(path, include)).length;
    expect(files.filter((path) => homes(path) !== 1)).toEqual([]);
  });

  it.each(['agent/main.ts', 'factory/main.ts', 'cloud-stub/main.ts', 'hal/sim/main.ts'])(
    '%s can be started as a command',
    (path) => {
      expect(existsSync(join(root, path))).toBe(true);
      expect(tree.get(path)).toMatch(/^#!\/usr\/bin\/env node\n/);
      accessSync(join(root, path), constants.X_OK);
    },
  );

  it.each(['pilotfish', 'factory', 'cloud-stub', 'sim-board'])(
    '%s has a launcher, which names an existing program',
    (name) => {
      const launcher = join(root, 'launchers', name);
      accessSync(launcher, constants.X_OK);
      const [, entry = ''] = /^entry=(.*)$/m.exec(readFileSync(launcher, 'utf8')) ?? [];
      expect(tree.has(entry)).toBe(true);
    },
  );

  it('suggests npx for none of its commands: outside the checkout npm would fetch another package of the same name', () => {
    const texts = ['README.md', 'ARCHITECTURE.md', 'Dockerfile', ...pagesIn('docs')];
    const said = new Map([...tree].filter(([path]) => !path.startsWith('test/arch/')));
    for (const path of texts) said.set(path, readFileSync(join(root, path), 'utf8'));
    const suggesting = [...said].filter(([, text]) =>
      /\b(npx|npm exec|npm x)( -\S+)* (pilotfish|factory|cloud-stub|sim-board)\b/.test(text),
    );
    expect(suggesting.map(([path]) => path)).toEqual([]);
  });

  it('locks every package, those of other platforms included, and names no registry host', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
    const locked = Object.entries(lock.packages);
    expect(locked.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
    const names = new Set(locked.map(([path]) => path.replace(/^.*node_modules\//, '')));
    const optional = locked.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}));
    expect(optional.filter((name) => !names.has(name))).toEqual([]);
  });

  it('runs on one version of the runtime, wherever it runs', () => {
    const images = readFileSync(join(root, 'Dockerfile'), 'utf8').matchAll(
      /^FROM node:([\d.]+)-/gm,
    );
    const runtimes = Object.entries(manifest.optionalDependencies).filter(([name]) =>
      name.startsWith('node-linux-'),
    );
    const versions = [
      ...runtimes.map(([, version]) => version),
      ...[...images].map(([, version]) => version),
    ];
    expect(versions.length).toBeGreaterThan(2);
    expect(new Set(versions).size).toBe(1);
  });
});

interface Lock {
  readonly packages: Readonly<
    Record<string, { resolved?: string; optionalDependencies?: Readonly<Record<string, string>> }>
  >;
}
