import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

const BYTES_MAX = 4 * 1024 * 1024;

/** What the agent writes, in one file and its predecessor (`.1`), so that it never takes more than twice `bytesMax`. */
export class AgentLog implements Disposable {
  readonly #path: string;
  readonly #bytesMax: number;
  #file: number;
  #bytes: number;
  #isClosed = false;

  constructor(path: string, bytesMax = BYTES_MAX) {
    this.#path = path;
    this.#bytesMax = bytesMax;
    this.#file = openSync(path, 'a', 0o600);
    this.#bytes = fstatSync(this.#file).size;
  }

  /** Appends; a full disk loses the text and nothing else. */
  write(chunk: Buffer): void {
    if (this.#isClosed) return;
    try {
      if (this.#bytes + chunk.length > this.#bytesMax && this.#bytes > 0) this.#rotate();
      this.#bytes += writeSync(this.#file, chunk);
    } catch {
      // The agent's text is not worth the board.
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    closeSync(this.#file);
  }

  #rotate(): void {
    closeSync(this.#file);
    renameSync(this.#path, `${this.#path}.1`);
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#bytes = 0;
  }
}
