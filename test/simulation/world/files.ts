/**
 * Files of one folder, between a cache and a medium. A process sees the cache, which outlives it; without power only the
 * medium is left. Bytes are durable once `sync` has been called for them, names (new, moved, gone) once `syncFolder` has.
 * Of a change that was not made durable a power cut leaves nothing, or all of it, or of bytes the first part.
 */
export class WorldFiles {
  #seen = new Map<string, Uint8Array>();
  #medium = new Map<string, Uint8Array>();
  readonly #synced = new WeakSet<Uint8Array>();
  /** How often something was written. */
  writes = 0;

  read(name: string): Uint8Array | undefined {
    return this.#seen.get(name);
  }

  get names(): string[] {
    return [...this.#seen.keys()];
  }

  /** Into a new file, or in place of all that was in it. */
  write(name: string, bytes: Uint8Array): void {
    this.writes += 1;
    this.#seen.set(name, bytes.slice());
  }

  append(name: string, bytes: Uint8Array): void {
    this.write(name, Buffer.concat([this.#seen.get(name) ?? new Uint8Array(), bytes]));
  }

  sync(name: string): void {
    const bytes = this.#seen.get(name);
    if (bytes !== undefined) this.#synced.add(bytes);
  }

  rename(from: string, to: string): void {
    const bytes = this.#seen.get(from);
    if (bytes === undefined) throw new Error(`there is no ${from}`);
    this.#seen.delete(from);
    this.#seen.set(to, bytes);
  }

  remove(name: string): void {
    this.#seen.delete(name);
  }

  /** Bytes that nobody has synced may still tear afterwards. */
  syncFolder(): void {
    for (const name of this.#medium.keys()) if (!this.#seen.has(name)) this.#medium.delete(name);
    for (const [name, bytes] of this.#seen) {
      if (this.#synced.has(bytes)) this.#medium.set(name, bytes);
    }
  }

  /** What was not durable vanishes, stands or tears, each change by itself; `count` is told of each. */
  cutPower(draw: () => number, count: (how: string) => void): void {
    for (const name of new Set([...this.#medium.keys(), ...this.#seen.keys()])) {
      const [old, young] = [this.#medium.get(name), this.#seen.get(name)];
      if (old === young) continue;
      const fate = draw();
      if (fate < 1 / 3) {
        count('unflushed vanished');
        continue;
      }
      if (young === undefined) {
        this.#medium.delete(name);
      } else if (fate < 2 / 3 || this.#synced.has(young)) {
        this.#medium.set(name, young);
      } else {
        count('unflushed torn');
        this.#medium.set(name, young.slice(0, Math.floor(draw() * young.length)));
      }
    }
    for (const bytes of this.#medium.values()) this.#synced.add(bytes);
    this.#seen = new Map(this.#medium);
  }
}
