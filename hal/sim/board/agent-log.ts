import { closeSync, constants, fstatSync, openSync, renameSync, writeSync } from 'node:fs';
import { codeOf } from '../../../base/errors.ts';

const bytesMaxUsual = 4 * 1024 * 1024;

/** Does not block on a pipe. */
const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;

/**
 * The agent's output, in one file and its predecessor (`.1`), so that it never uses more than twice `bytesMax`. Text
 * that cannot be written is lost, and the file records how much as soon as it can be written again. Nothing else fails
 * because of it.
 */
export class AgentLog implements Disposable {
  readonly #path: string;
  readonly #bytesMax: number;
  #file: number | undefined;
  #bytes = 0;
  #lostBytes = 0;
  #lostBy = '';
  #isClosed = false;

  constructor(path: string, bytesMax = bytesMaxUsual) {
    this.#path = path;
    this.#bytesMax = bytesMax;
  }

  write(chunk: Buffer): void {
    if (this.#isClosed) return;
    let left = chunk;
    try {
      if (this.#lostBytes > 0) {
        this.#append(Buffer.from(`\n[${this.#lostBytes} bytes lost: ${this.#lostBy}]\n`));
        this.#lostBytes = 0;
      }
      while (left.length > 0) left = left.subarray(this.#append(left));
    } catch (error) {
      this.#lostBytes += left.length;
      this.#lostBy = codeOf(error);
      // The next chunk opens the path again.
      this.#close();
    }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#close();
  }

  #append(bytes: Buffer): number {
    let file = this.#file ?? this.#open();
    if (this.#bytes + bytes.length > this.#bytesMax && this.#bytes > 0) {
      this.#close();
      renameSync(this.#path, `${this.#path}.1`);
      file = this.#open();
    }
    const written = writeSync(file, bytes);
    this.#bytes += written;
    return written;
  }

  #open(): number {
    const file = openSync(this.#path, flags, 0o600);
    this.#file = file;
    this.#bytes = fstatSync(file).size;
    return file;
  }

  /** The descriptor number is cleared at once: the system soon reuses it. */
  #close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) closeSync(file);
  }
}
