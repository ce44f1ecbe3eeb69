import { posix } from 'node:path';
import { PilotfishError } from '../../../base/errors.ts';

const { dirname, join } = posix;

type Entry =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; isSynced: boolean }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder' };

/** The folder that always exists. */
const root = '.';

/**
 * Files, folders and symbolic links below one folder, between a cache and a medium. A process reads the cache, which
 * survives the process; after a power cut only the medium is left. Bytes are durable once `sync` was called for them;
 * names (new, moved, removed) once `syncFolder` was called for their folder. Of a change that is not durable, a power
 * cut keeps nothing or all, or of bytes the first part.
 */
export class WorldFiles {
  #seen = new Map<string, Entry>();
  #medium = new Map<string, Entry>();
  /** The number of writes. */
  writes = 0;

  /** Undefined when there is no such file. */
  read(path: string): Uint8Array | undefined {
    const entry = this.#at(path);
    return entry?.kind === 'file' ? entry.bytes : undefined;
  }

  /** The paths of all files. */
  get names(): string[] {
    return [...this.#seen].flatMap(([path, { kind }]) => (kind === 'file' ? [path] : []));
  }

  /** Does not follow a link. */
  kindOf(path: string): Entry['kind'] | undefined {
    return this.#isRoot(path) ? 'folder' : this.#seen.get(this.#resolve(path))?.kind;
  }

  list(folder: string): string[] {
    this.#checkFolder(folder);
    const at = this.#follow(folder);
    return [...this.#seen.keys()]
      .filter((path) => dirname(path) === at)
      .map((path) => posix.basename(path));
  }

  readLink(path: string): string {
    const entry = this.#seen.get(this.#resolve(path));
    if (entry === undefined) throw fault('ENOENT', path);
    if (entry.kind !== 'link') throw fault('EINVAL', path);
    return entry.target;
  }

  /** Writes into a new file, or replaces all of an existing one's contents. */
  write(path: string, bytes: Uint8Array): void {
    this.writes += 1;
    this.#set(path, { kind: 'file', bytes: bytes.slice(), isSynced: false });
  }

  append(path: string, bytes: Uint8Array): void {
    this.write(path, Buffer.concat([this.read(path) ?? new Uint8Array(), bytes]));
  }

  sync(path: string): void {
    const entry = this.#at(path);
    if (entry?.kind === 'file') entry.isSynced = true;
  }

  makeLink(path: string, target: string): void {
    this.#checkFree(path);
    this.#set(path, { kind: 'link', target });
  }

  addName(path: string, newPath: string): void {
    this.#checkFree(newPath);
    this.#set(newPath, this.#get(path));
  }

  makeFolder(folder: string): void {
    if (this.#isFolder(folder)) return;
    this.#checkFree(folder);
    this.makeFolder(dirname(this.#clean(folder)));
    this.#set(folder, { kind: 'folder' });
  }

  rename(from: string, to: string): void {
    const entry = this.#get(from);
    if (this.#seen.get(this.#resolve(to))?.kind === 'folder') throw fault('EISDIR', to);
    this.#seen.delete(this.#resolve(from));
    this.#set(to, entry);
  }

  /** A missing file is no error. */
  remove(path: string): void {
    const at = this.#resolve(path);
    if (this.#seen.get(at)?.kind === 'folder' && this.list(at).length > 0) {
      throw fault('ERR_FS_EISDIR', path);
    }
    this.#seen.delete(at);
  }

  /** Bytes that were not synced may still tear afterwards. */
  syncFolder(folder: string = root): void {
    this.#checkFolder(folder);
    const at = this.#follow(folder);
    const isIn = (path: string) => dirname(path) === at;
    for (const path of this.#medium.keys()) {
      if (isIn(path) && !this.#seen.has(path)) this.#medium.delete(path);
    }
    for (const [path, entry] of this.#seen) {
      if (isIn(path) && isDurable(entry)) this.#medium.set(path, entry);
    }
  }

  /** Each change that is not durable vanishes, stays or tears, independently; `count` is called for each. */
  cutPower(draw: () => number, count: (how: string) => void): void {
    for (const path of new Set([...this.#medium.keys(), ...this.#seen.keys()])) {
      const [old, young] = [this.#medium.get(path), this.#seen.get(path)];
      if (old === young) continue;
      const fate = draw();
      if (fate < 1 / 3) {
        count('unflushed vanished');
        continue;
      }
      if (young === undefined) {
        this.#medium.delete(path);
      } else if (fate < 2 / 3 || isDurable(young)) {
        this.#medium.set(path, young);
      } else {
        count('unflushed torn');
        const { bytes } = young as Extract<Entry, { kind: 'file' }>;
        const left = bytes.slice(0, Math.floor(draw() * bytes.length));
        this.#medium.set(path, { kind: 'file', bytes: left, isSynced: true });
      }
    }
    for (const path of this.#medium.keys()) if (!this.#isReached(path)) this.#medium.delete(path);
    for (const entry of this.#medium.values()) if (entry.kind === 'file') entry.isSynced = true;
    this.#seen = new Map(this.#medium);
  }

  /** Another medium with the same contents, all of them durable. */
  copy(): WorldFiles {
    const copy = new WorldFiles();
    copy.#seen = new Map(this.#seen);
    copy.#medium = new Map(this.#seen);
    return copy;
  }

  /** Whether all parent folders are on the medium. */
  #isReached(path: string): boolean {
    const above = dirname(path);
    if (above === root) return true;
    return this.#medium.get(above)?.kind === 'folder' && this.#isReached(above);
  }

  #get(path: string): Entry {
    const entry = this.#seen.get(this.#resolve(path));
    if (entry === undefined) throw fault('ENOENT', path);
    return entry;
  }

  #set(path: string, entry: Entry): void {
    const at = this.#resolve(path);
    this.#checkFolder(dirname(at));
    if (this.#seen.get(at)?.kind === 'folder') throw fault('EISDIR', path);
    this.#seen.set(at, entry);
  }

  #checkFree(path: string): void {
    if (this.#seen.has(this.#resolve(path))) throw fault('EEXIST', path);
  }

  #checkFolder(path: string): void {
    if (this.#isFolder(path)) return;
    throw fault(this.#at(path) === undefined ? 'ENOENT' : 'ENOTDIR', path);
  }

  #isFolder(path: string): boolean {
    return this.#isRoot(path) || this.#at(path)?.kind === 'folder';
  }

  /** The entry at a path, with links followed. */
  #at(path: string): Entry | undefined {
    return this.#seen.get(this.#follow(path));
  }

  #follow(path: string): string {
    let at = this.#resolve(path);
    for (let n = 0; n < 8; n++) {
      const entry = this.#seen.get(at);
      if (entry?.kind !== 'link') return at;
      at = join(dirname(at), entry.target);
    }
    throw fault('ELOOP', path);
  }

  /** The path with all links among its parent folders resolved. */
  #resolve(path: string): string {
    const clean = this.#clean(path);
    const above = dirname(clean);
    if (above === root || this.#isRoot(above)) return clean;
    return join(this.#follow(above), posix.basename(clean));
  }

  #clean(path: string): string {
    return posix.normalize(path);
  }

  #isRoot(path: string): boolean {
    return this.#clean(path) === root;
  }
}

const isDurable = (entry: Entry): boolean => entry.kind !== 'file' || entry.isSynced;

const fault = (code: string, path: string): PilotfishError =>
  new PilotfishError(code, `${code}: ${path}`);
