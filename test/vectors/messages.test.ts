import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { check, decode, type MessageName } from '../../protocol/codec.ts';
import { expandReports } from '../../protocol/report-lists.ts';
import { schemas } from '../../protocol/schemas/index.ts';

/** One file of vectors, written by hand: see `messages/README.md`. */
interface Vectors {
  readonly schema: MessageName;
  readonly provenance: string;
  readonly valid: readonly {
    readonly about: string;
    readonly message: object;
    readonly becomes?: object;
    readonly documents?: readonly object[];
  }[];
  readonly base?: object;
  readonly invalid: readonly {
    readonly about: string;
    readonly at: string;
    readonly message?: unknown;
    readonly change?: object;
    readonly remove?: readonly string[];
  }[];
}

const folder = join(import.meta.dirname, 'messages');
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const bytes = (message: unknown) => new TextEncoder().encode(JSON.stringify(message));

function invalidMessage(vectors: Vectors, { message, change, remove }: Vectors['invalid'][number]) {
  if (change === undefined) return message;
  const entries = Object.entries({ ...vectors.base, ...change });
  return Object.fromEntries(entries.filter(([name]) => !remove?.includes(name)));
}

it('has vectors for every schema', () => {
  expect(files.toSorted()).toEqual(Object.keys(schemas).map((name) => `${name}.json`));
});

for (const file of files) {
  const vectors = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Vectors;

  describe(vectors.schema, () => {
    it('says where its vectors come from', () => {
      expect(`${vectors.schema}.json`).toBe(file);
      expect(vectors.provenance).toMatch(/\w+/);
    });

    it.each(vectors.valid)('takes: $about', ({ message, becomes }) => {
      expect(decode(vectors.schema, bytes(message))).toEqual({
        ok: true,
        value: becomes ?? message,
      });
    });

    const lists = vectors.valid.filter(({ documents }) => documents !== undefined);
    it.each(lists)('makes whole: $about', ({ message, documents }) => {
      expect(expandReports(message as Record<string, unknown>)).toEqual({
        ok: true,
        value: documents,
      });
      for (const one of documents ?? []) expect(check('MissionDocument', one).ok).toBe(true);
    });

    it.each(vectors.invalid)('refuses: $about', (vector) => {
      const result = decode(vectors.schema, bytes(invalidMessage(vectors, vector)));
      expect(result).toMatchObject({ ok: false, code: 'wrong-schema' });
      // The refusal names the place, so that a person finds it.
      const place = vector.at === '' ? 'the message' : vector.at;
      expect(result.ok ? '' : result.message.slice(0, place.length + 1)).toBe(`${place} `);
    });

    if (vectors.base !== undefined) {
      it('has a base that is sound itself', () => {
        expect(decode(vectors.schema, bytes(vectors.base))).toEqual({
          ok: true,
          value: vectors.base,
        });
      });
    }
  });
}
