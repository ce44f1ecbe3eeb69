import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { createFiles, type Files, isTemporary } from '../../base/files.ts';
import type { TransientFiles } from '../../base/transient-files.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** What the agent's adapters expect of files, on whatever medium. `open` gives a new, empty folder each time. */
export function filesContract(
  name: string,
  open: () => Promise<{ files: Files; folder: string }>,
): void {
  describe(`files contract: ${name}`, () => {
    let files: Files;
    let folder = '';
    const at = (...names: string[]): string => join(folder, ...names);
    const list = async (path = folder): Promise<string[]> => (await files.list(path)).sort();
    const fails = (promised: Promise<unknown>, code: string) =>
      expect(promised).rejects.toMatchObject({ code });
    beforeEach(async () => {
      ({ files, folder } = await open());
    });

    it('reads the bytes, the text and the size of a written file', async () => {
      await files.writeDurable(at('a'), 'ä');
      expect(text(await files.read(at('a')))).toBe('ä');
      expect(await files.readText(at('a'))).toBe('ä');
      expect(await files.size(at('a'))).toBe(2);
      expect(text(await buffer(files.stream(at('a'))))).toBe('ä');
    });

    it('replaces a file without leaving a temporary one', async () => {
      await files.writeDurable(at('a'), 'one');
      await files.writeDurable(at('a'), new Uint8Array([0, 255, 10]));
      expect([...(await files.read(at('a')))]).toEqual([0, 255, 10]);
      expect(await list()).toEqual(['a']);
    });

    it('rejects with ENOENT when an operation needs a file that does not exist', async () => {
      const none = at('none');
      for (const needing of [
        () => files.read(none),
        () => files.size(none),
        () => files.list(none),
        () => files.readLink(none),
        () => files.rename(none, at('b')),
        () => files.addName(none, at('b')),
        () => files.writeDurable(at('none', 'a'), 'x'),
        () => files.syncFolder(none),
        () => buffer(files.stream(none)),
      ]) {
        await fails(needing(), 'ENOENT');
      }
      expect(await files.readText(none)).toBeUndefined();
      expect(await list()).toEqual([]);
    });

    it('creates a new file only when none exists', async () => {
      await files.create(at('a'), 'one', 0o600);
      await fails(files.create(at('a'), 'two', 0o600), 'EEXIST');
      expect(await files.createDurable(at('a'), 'two')).toBe(false);
      expect(await files.createDurable(at('b'), 'two')).toBe(true);
      expect([await files.readText(at('a')), await files.readText(at('b'))]).toEqual([
        'one',
        'two',
      ]);
      expect(await list()).toEqual(['a', 'b']);
    });

    it('links a second name to a file, which stays when the first name is removed', async () => {
      await files.create(at('a'), 'one', 0o600);
      await files.addName(at('a'), at('b'));
      await fails(files.addName(at('a'), at('b')), 'EEXIST');
      await files.remove(at('a'));
      expect(await files.readText(at('b'))).toBe('one');
    });

    it('renames a file over another', async () => {
      await files.create(at('a'), 'one', 0o600);
      await files.create(at('b'), 'two', 0o600);
      await files.rename(at('a'), at('b'));
      expect(await list()).toEqual(['b']);
      expect(await files.readText(at('b'))).toBe('one');
    });

    it('keeps the old file and leaves no temporary one when a replacement fails', async () => {
      await files.makeFolder(at('taken', 'inside'), 0o700);
      await fails(files.writeDurable(at('taken'), 'x'), 'EISDIR');
      expect(await list()).toEqual(['taken']);
    });

    it('removes a file or a link, accepts that none exists, and rejects a folder', async () => {
      await files.create(at('a'), 'one', 0o600);
      await files.pointDurable(at('link'), 'a');
      await files.remove(at('link'));
      expect(await list()).toEqual(['a']);
      await files.remove(at('a'));
      await files.remove(at('a'));
      await files.makeFolder(at('folder'), 0o700);
      await fails(files.remove(at('folder')), 'ERR_FS_EISDIR');
      expect(await list()).toEqual(['folder']);
    });

    it('creates a folder with its parents, also when it exists, and removes it with its content', async () => {
      await files.makeFolder(at('a', 'b'), 0o700);
      await files.makeFolder(at('a', 'b'), 0o700);
      await files.writeDurable(at('a', 'b', 'c'), 'x');
      await files.pointDurable(at('a', 'link'), 'b');
      await files.removeFolder(at('a'));
      await files.removeFolder(at('a'));
      expect(await list()).toEqual([]);
      await files.create(at('a'), 'x', 0o600);
      await fails(files.makeFolder(at('a'), 0o700), 'EEXIST');
    });

    it('reads, lists and writes through a link to a folder', async () => {
      for (const name of ['one', 'two']) {
        await files.makeFolder(at(name), 0o700);
        await files.writeDurable(at(name, 'file'), name);
      }
      await files.pointDurable(at('link'), 'one');
      expect(await files.readText(at('link', 'file'))).toBe('one');
      await files.pointDurable(at('link'), 'two');
      expect(await files.readText(at('link', 'file'))).toBe('two');
      await files.writeDurable(at('link', 'more'), 'more');
      expect(await list(at('link'))).toEqual(['file', 'more']);
      expect(await list(at('two'))).toEqual(['file', 'more']);
      expect(await list()).toEqual(['link', 'one', 'two']);
      expect(await files.readLink(at('link'))).toBe('two');
    });

    it('throws ENOENT for a link without a target, and EINVAL for a file that is no link', async () => {
      await files.createLink(at('link'), 'nowhere');
      await fails(files.createLink(at('link'), 'elsewhere'), 'EEXIST');
      await fails(files.read(at('link', 'file')), 'ENOENT');
      await files.create(at('file'), '', 0o600);
      await fails(files.readLink(at('file')), 'EINVAL');
      await fails(files.read(folder), 'EISDIR');
    });

    it('removes only the named files when it sweeps, and accepts that the folder does not exist', async () => {
      for (const name of ['a', 'b', '.a.0123456789ab.tmp']) await files.create(at(name), '', 0o600);
      await files.sweep(folder, isTemporary);
      expect(await list()).toEqual(['a', 'b']);
      await files.sweep(at('none'), () => true);
    });

    it('removes its temporary file when it cannot be renamed', async () => {
      const failing = createFiles(
        { ...files, rename: () => Promise.reject(new Error('no')) },
        () => '0123456789ab',
      );
      await expect(failing.writeDurable(at('a'), 'x')).rejects.toThrow('no');
      expect(await list()).toEqual([]);
    });
  });
}

/** What the agent expects of the folder for its next process. */
export function transientFilesContract(
  name: string,
  open: () => Promise<{ files: TransientFiles; folder: string }>,
): void {
  describe(`transient files contract: ${name}`, () => {
    it('reads the last written value, and nothing after its removal', async () => {
      const { files, folder } = await open();
      const path = join(folder, 'a.json');
      expect(files.read(path)).toBeUndefined();
      files.replace(path, 'one');
      files.replace(path, 'two');
      expect(files.read(path)).toBe('two');
      files.remove(path);
      files.remove(path);
      expect(files.read(path)).toBeUndefined();
    });
  });
}
