/**
 * JSON (RFC 8259) written by hand, read with the positions of its members, so that errors give line and column. A byte
 * order mark, which editors add unasked, is ignored; a duplicate name is an error.
 */

export interface JsonMember {
  readonly key: string;
  readonly value: unknown;
  /** The position of the value: `line 3, column 12`. */
  readonly place: string;
  readonly keyPlace: string;
}

export type JsonReading =
  | { readonly ok: true; readonly members: readonly JsonMember[] }
  | { readonly ok: false; readonly problem: string };

const depthMax = 32;

/** The members of the one object that `text` must be. */
export function readJsonObject(text: string): JsonReading {
  const source = text.replace(/^\uFEFF/, '');
  const reader = new Reader(source);
  try {
    return { ok: true, members: reader.readDocument() };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { ok: false, problem: `${placeOf(source, error.at)}: ${error.message}` };
  }
}

/** `line 3, column 12`, both from 1. */
function placeOf(text: string, at: number): string {
  const before = text.slice(0, at).split(/\r\n|\n|\r/);
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

class Mistake extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readDocument(): JsonMember[] {
    if (this.#text.includes('\0')) throw new Mistake(0, 'this is not UTF-8 text');
    this.#skipSpace();
    if (this.#next() !== '{') {
      throw this.#unexpected('an object, which begins with {');
    }
    const members = this.#readObject(0);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected('nothing behind the object');
    return members;
  }

  #readObject(depth: number): JsonMember[] {
    const members = new Map<string, JsonMember>();
    for (const isFirst of this.#items('}')) {
      const keyAt = this.#at;
      if (this.#next() !== '"') {
        throw this.#unexpected(
          isFirst ? 'a name in double quotes, or }' : 'a name in double quotes',
        );
      }
      const key = this.#readText();
      if (members.has(key)) throw new Mistake(keyAt, `"${key}" occurs twice`);
      this.#skipSpace();
      if (this.#next() !== ':') throw this.#unexpected('":"');
      this.#at += 1;
      this.#skipSpace();
      const valueAt = this.#at;
      const value = this.#readValue(depth + 1);
      members.set(key, {
        key,
        value,
        place: placeOf(this.#text, valueAt),
        keyPlace: placeOf(this.#text, keyAt),
      });
    }
    return [...members.values()];
  }

  #readValue(depth: number): unknown {
    if (depth > depthMax) throw new Mistake(this.#at, 'this is nested too deep');
    const next = this.#next();
    if (next === '"') return this.#readText();
    if (next === '{') {
      return Object.fromEntries(this.#readObject(depth).map(({ key, value }) => [key, value]));
    }
    if (next === '[') {
      const list: unknown[] = [];
      for (const _ of this.#items(']')) list.push(this.#readValue(depth + 1));
      return list;
    }
    return this.#readWord();
  }

  /** Iterates over comma-separated items up to `end`; yields whether each is the first. */
  *#items(end: '}' | ']'): Iterable<boolean> {
    this.#at += 1;
    this.#skipSpace();
    if (this.#next() === end) {
      this.#at += 1;
      return;
    }
    for (let isFirst = true; ; isFirst = false) {
      yield isFirst;
      this.#skipSpace();
      const next = this.#next();
      if (next !== ',' && next !== end) throw this.#unexpected(`"," or "${end}"`);
      const commaAt = this.#at;
      this.#at += 1;
      if (next === end) return;
      this.#skipSpace();
      if (this.#next() === end)
        throw new Mistake(commaAt, `there is no "," before "${end}" in JSON`);
    }
  }

  #readText(): string {
    const [whole] = this.#match(/"(?:[^"\\\n\r]|\\[^\n\r])*"/y) ?? [];
    if (whole === undefined)
      throw new Mistake(this.#at, 'this text has no closing quote in its line');
    try {
      const text = String(JSON.parse(whole));
      this.#at += whole.length;
      return text;
    } catch {
      throw new Mistake(this.#at, 'this text has a control character or a bad escape (\\)');
    }
  }

  #readWord(): unknown {
    const [word = ''] = this.#match(/[-+.\w]+/y) ?? [];
    const isNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(word);
    if (!isNumber && !['true', 'false', 'null'].includes(word)) {
      throw this.#unexpected('a value: text in double quotes, number, true, false, null, { or [');
    }
    this.#at += word.length;
    return JSON.parse(word);
  }

  #skipSpace(): void {
    this.#at += this.#match(/[ \t\r\n]*/y)?.[0].length ?? 0;
  }

  #next(): string | undefined {
    return this.#text[this.#at];
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text);
  }

  #unexpected(expected: string): Mistake {
    const next = this.#next();
    if (next === undefined) return new Mistake(this.#at, `it ends here, expected ${expected}`);
    if (/^(?:#|\/\/|\/\*)/.test(this.#text.slice(this.#at, this.#at + 2))) {
      return new Mistake(this.#at, 'there are no comments in JSON');
    }
    if (/['\u2018-\u201F]/.test(next)) {
      return new Mistake(this.#at, `texts and names stand in double quotes ("), not in ${next}`);
    }
    const [word = next] = this.#match(/[-+.\w]{1,40}/y) ?? [];
    return new Mistake(this.#at, `${JSON.stringify(word)} stands here, expected ${expected}`);
  }
}
