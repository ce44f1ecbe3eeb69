import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutants } from '../../simulation/mutants.ts';
import { plant } from '../../simulation/plant.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const sourceOf = (file: string) => readFileSync(join(root, file), 'utf8');

describe('planted bugs', () => {
  it.each(mutants)('$name has its place in $file', (mutant) => {
    const source = sourceOf(mutant.file);
    const planted = plant(source, mutant);
    expect(planted).not.toBe(source);
    expect(planted.length - source.length).toBe(mutant.to.length - mutant.from.length);
  });

  it('have names of their own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length);
  });

  it('are refused where their text is missing or stands twice', () => {
    const mutant = { name: 'm', file: 'f.ts', from: 'a.b', to: '$&', seedsMax: 1, why: '' };
    expect(plant('x a.b y', mutant)).toBe('x $& y');
    expect(() => plant('x axb y', mutant)).toThrow('stands 0 times in f.ts');
    expect(() => plant('a.b a.b', mutant)).toThrow('stands 2 times in f.ts');
  });
});
