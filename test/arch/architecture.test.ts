import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callViolations } from './calls.ts';
import { libraryViolations, type Manifest } from './libraries.ts';
import { mannerViolations } from './manners.ts';
import { deadFiles } from './reach.ts';
import { readTree } from './source.ts';
import { wingViolations } from './wings.ts';

const root = join(import.meta.dirname, '..', '..');
const tree = readTree(root);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

describe('the architecture', () => {
  it('imports only in the directions of the house', () => {
    expect(wingViolations(tree)).toEqual([]);
  });

  it('knows each outside library in one place, and declares exactly what it uses', () => {
    expect(libraryViolations(tree, manifest)).toEqual([]);
  });

  it('takes time, chance and the process as arguments outside the adapters', () => {
    expect(callViolations(tree)).toEqual([]);
  });

  it('keeps its manners', () => {
    expect(mannerViolations(tree)).toEqual([]);
  });

  it('has no dead files', () => {
    expect(deadFiles(tree)).toEqual([]);
  });

  it.each(['agent/main.ts', 'factory/main.ts', 'cloud-stub/main.ts', 'hal/sim/main.ts'])(
    '%s can be started as a command',
    (path) => {
      expect(existsSync(join(root, path))).toBe(true);
      expect(tree.get(path)).toMatch(/^#!\/usr\/bin\/env node\n/);
      accessSync(join(root, path), constants.X_OK);
    },
  );

  it('locks every package, those of other platforms included, and names no registry host', () => {
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
    const locked = Object.entries(lock.packages);
    expect(locked.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
    const names = new Set(locked.map(([path]) => path.replace(/^.*node_modules\//, '')));
    const wanted = locked.flatMap(([, entry]) => Object.keys(entry.optionalDependencies ?? {}));
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
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
