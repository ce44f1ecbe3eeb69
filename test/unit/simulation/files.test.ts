import { beforeEach, describe, expect, it } from 'vitest';
import { WorldFiles } from '../../simulation/world/files.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const [vanish, stand, tear] = [0, 0.5, 0.9];

let files: WorldFiles;
let fates: string[];
beforeEach(() => {
  files = new WorldFiles();
  fates = [];
});

const keep = (name: string, text: string) => {
  files.write(name, bytes(text));
  files.sync(name);
  files.syncFolder();
};
/** What a power cut leaves, each change by the next of `draws`. */
const cut = (...draws: number[]) => {
  files.cutPower(
    () => draws.shift() ?? 1,
    (how) => fates.push(how),
  );
  const text = (name: string) => new TextDecoder().decode(files.read(name));
  return Object.fromEntries(files.names.map((name) => [name, text(name)]));
};

describe('files in the world', () => {
  it('are seen by whoever comes after a kill, and stand in a power cut once they are flushed', () => {
    keep('a', 'one');
    files.write('b', bytes('two'));
    expect(files.names).toEqual(['a', 'b']);
    expect(cut(vanish)).toEqual({ a: 'one' });
    expect(fates).toEqual(['unflushed vanished']);
  });

  it.each([
    ['vanish', [vanish], { a: 'old' }, ['unflushed vanished']],
    ['stand', [stand], { a: 'newer' }, []],
    ['tear', [tear, 0.5], { a: 'ne' }, ['unflushed torn']],
  ] as const)('%s, where bytes in place of others were not synced', (_how, draws, left, told) => {
    keep('a', 'old');
    files.write('a', bytes('newer'));
    expect(cut(...draws)).toEqual(left);
    expect(fates).toEqual(told);
  });

  it('are whole under their old name or the new one, when they were synced before they were renamed', () => {
    for (const draw of [vanish, stand, tear]) {
      files = new WorldFiles();
      keep('a', 'old');
      files.write('a.tmp', bytes('new'));
      files.sync('a.tmp');
      files.rename('a.tmp', 'a');
      expect(cut(draw)).toEqual({ a: draw === vanish ? 'old' : 'new' });
    }
  });

  it('come back when their removal was not flushed', () => {
    keep('a', 'one');
    files.remove('a');
    expect(cut(vanish)).toEqual({ a: 'one' });
    files.remove('a');
    files.syncFolder();
    expect(cut(vanish)).toEqual({});
  });

  it('may tear although their name is flushed, and are what they are afterwards', () => {
    files.write('a', bytes('abcd'));
    files.syncFolder();
    expect(cut(tear, 0.5)).toEqual({ a: 'ab' });
    expect(cut(tear, 0.5)).toEqual({ a: 'ab' });
  });
});
