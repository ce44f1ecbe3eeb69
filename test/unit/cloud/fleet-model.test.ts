import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FieldValue } from '../../../cloud-stub/services/fleet-document.ts';
import { matches } from '../../../cloud-stub/services/fleet-match.ts';
import { parseQuery } from '../../../cloud-stub/services/fleet-parser.ts';

/** Queries of every form against an evaluator of its own make: a tree that is written as text, and decided by regular expressions. */

type Tree =
  | { kind: 'join'; by: 'AND' | 'OR' | ' '; of: Tree[] }
  | { kind: 'not'; by: 'NOT ' | '-'; of: Tree }
  | { kind: 'word'; field?: string; word: string; inQuotes: boolean }
  | { kind: 'range'; field: string; low: number; high: number; open: '[' | '{'; close: ']' | '}' }
  | { kind: 'compare'; field: string; sign: '<' | '<=' | '>' | '>='; than: number };

const names = ['attributes.a', 'attributes.b', 'shadow.reported.c', 'thingName'];
const field = fc.constantFrom(...names);
const number = fc.constantFrom(-1, 0, 1, 1.5, 10);
const leaf: fc.Arbitrary<Tree> = fc.oneof(
  fc.record({
    kind: fc.constant('word' as const),
    field: fc.option(field, { nil: undefined }),
    word: fc.constantFrom('a', 'ab', 'b', 'a*', 'a?', 'ab*b', '1', '1.5', '*', 'true'),
    inQuotes: fc.constant(false),
  }) as fc.Arbitrary<Tree>,
  fc.record({
    kind: fc.constant('word' as const),
    field,
    word: fc.constantFrom('a', 'a b', 'b a', 'AB'),
    inQuotes: fc.constant(true),
  }),
  fc.record({
    ...{ kind: fc.constant('range' as const), field, low: number, high: number },
    open: fc.constantFrom('[' as const, '{' as const),
    close: fc.constantFrom(']' as const, '}' as const),
  }),
  fc.record({
    ...{ kind: fc.constant('compare' as const), field, than: number },
    sign: fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const),
  }),
);
const { tree } = fc.letrec<{ tree: Tree; join: Tree; not: Tree; leaf: Tree }>((tie) => ({
  tree: fc.oneof({ maxDepth: 2, depthSize: 'small' }, leaf, tie('join'), tie('not')),
  join: fc.record({
    kind: fc.constant('join' as const),
    by: fc.constantFrom('AND' as const, 'OR' as const, ' ' as const),
    of: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
  }),
  not: fc.record({
    kind: fc.constant('not' as const),
    by: fc.constantFrom('NOT ' as const, '-' as const),
    of: tie('leaf'),
  }),
  leaf,
}));

function textOf(one: Tree): string {
  switch (one.kind) {
    case 'join':
      return one.of.map((part) => `(${textOf(part)})`).join(one.by === ' ' ? ' ' : ` ${one.by} `);
    case 'not':
      return `${one.by}${textOf(one.of)}`;
    case 'word': {
      const word = one.inQuotes ? `"${one.word}"` : one.word;
      return one.field === undefined ? word : `${one.field}:${word}`;
    }
    case 'range':
      return `${one.field}:${one.open}${one.low} TO ${one.high}${one.close}`;
    case 'compare':
      return `${one.field}${one.sign}${one.than}`;
  }
}

type Thing = Readonly<Record<string, FieldValue[] | undefined>>;

/** A text is a number in the registry only. */
const numbersIn = (thing: Thing, name: string): number[] =>
  (thing[name] ?? [])
    .filter((value) => typeof value === 'number' || (name !== 'shadow.reported.c' && value !== ''))
    .map(Number)
    .filter((value) => !Number.isNaN(value));

function holds(one: Tree, thing: Thing): boolean {
  switch (one.kind) {
    case 'join':
      return one.by === 'OR'
        ? one.of.filter((part) => holds(part, thing)).length > 0
        : one.of.filter((part) => !holds(part, thing)).length === 0;
    case 'not':
      return !holds(one.of, thing);
    case 'word':
      return names.some((name) => (one.field ?? name) === name && isIn(thing, name, one.word));
    case 'range':
      return numbersIn(thing, one.field).some(
        (value) =>
          (one.open === '[' ? value >= one.low : value > one.low) &&
          (one.close === ']' ? value <= one.high : value < one.high),
      );
    case 'compare':
      return numbersIn(thing, one.field).some((value) =>
        one.sign.startsWith('<')
          ? value < one.than || (one.sign === '<=' && value === one.than)
          : value > one.than || (one.sign === '>=' && value === one.than),
      );
  }
}

function isIn(thing: Thing, name: string, word: string): boolean {
  if (word === '*') return (thing[name] ?? []).length > 0;
  const pattern = word
    .replaceAll('.', '\\.')
    .replaceAll('?', '\\S')
    .replaceAll('*', '\\S*')
    .replaceAll(' ', '\\s+');
  const inText = new RegExp(`(^|\\s)${pattern}($|\\s)`, 'i');
  const isThere = (thing[name] ?? []).some((value) => inText.test(String(value)));
  return isThere || (/^[\d.]+$/.test(word) && numbersIn(thing, name).includes(Number(word)));
}

const registered = fc.constantFrom(
  'a',
  'b',
  'ab',
  'AB',
  'abb',
  '1',
  '1.5',
  '1.50',
  '-1',
  '10',
  'x',
);
const inShadow = fc.oneof(
  fc.constantFrom<FieldValue>('a b', 'B\ta', 'ab a b', '1', true, false, ''),
  number,
);
const thing: fc.Arbitrary<Thing> = fc.record(
  {
    thingName: fc.tuple(registered),
    'attributes.a': fc.tuple(registered),
    'attributes.b': fc.tuple(registered),
    'shadow.reported.c': fc.array(inShadow, { minLength: 1, maxLength: 3 }),
  },
  { requiredKeys: ['thingName'] },
);

it('a query holds for a thing when its tree does', () => {
  let held = 0;
  let read = 0;
  fc.assert(
    fc.property(tree, fc.array(thing, { minLength: 1, maxLength: 4 }), (one, things) => {
      const text = textOf(one);
      const query = parseQuery(text);
      // The only trees that are refused have more than twelve terms.
      if (!query.ok) return expect(query.message).toMatch(/at most 12 terms/);
      read += 1;
      for (const each of things) {
        const isHeld = matches(query.value, new Map(Object.entries(each) as never));
        expect([text, each, isHeld]).toEqual([text, each, holds(one, each)]);
        held += Number(isHeld);
      }
    }),
    { numRuns: 3000 },
  );
  expect(held).toBeGreaterThan(500);
  expect(read).toBeGreaterThan(2500);
});
