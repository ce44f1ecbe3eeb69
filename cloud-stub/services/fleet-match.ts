import type { Fields, FieldValue } from './fleet-document.ts';
import { isRegistryField, isTextField } from './fleet-fields.ts';
import {
  isNumber,
  many,
  one,
  type Pattern,
  type Query,
  type Test,
  wordsOf,
} from './fleet-query.ts';

/** Whether a thing with these fields matches the query. */
export function matches(query: Query, fields: Fields): boolean {
  switch (query.kind) {
    case 'all':
      return true;
    case 'and':
      return query.of.every((part) => matches(part, fields));
    case 'or':
      return query.of.some((part) => matches(part, fields));
    case 'not':
      return !matches(query.of, fields);
    case 'term':
      return matchesTerm(query, fields);
  }
}

function matchesTerm({ field, test }: Extract<Query, { kind: 'term' }>, fields: Fields): boolean {
  if (field === undefined) {
    for (const [name, values] of fields) {
      if (isTextField(name) && hasValue(test, name, values)) return true;
    }
    return false;
  }
  const values = fields.get(field);
  if (values !== undefined) return hasValue(test, field, values);
  return test.kind === 'exists' && hasBelow(fields, field);
}

/** An object in a shadow exists when a field in it does. */
function hasBelow(fields: Fields, field: string): boolean {
  for (const name of fields.keys()) if (name.startsWith(`${field}.`)) return true;
  return false;
}

function hasValue(test: Test, field: string, values: readonly FieldValue[]): boolean {
  if (test.kind === 'exists') return true;
  const numberIn = (value: FieldValue): number | undefined => {
    if (typeof value === 'number') return value;
    const isText = typeof value === 'string' && isRegistryField(field);
    return isText && isNumber(value) ? Number(value) : undefined;
  };
  if (test.kind === 'words') {
    const [word = '', second] = test.words;
    const number = second === undefined && isNumber(word) ? Number(word) : undefined;
    return values.some(
      (value) =>
        (number !== undefined && numberIn(value) === number) ||
        hasPhrase(wordsOf(String(value)), test.words),
    );
  }
  return values.some((value) => {
    const number = numberIn(value);
    if (typeof (test.low ?? test.high)?.value === 'number') {
      return number !== undefined && isWithin(number, test);
    }
    return typeof value === 'string' && wordsOf(value).some((word) => isWithin(word, test));
  });
}

function isWithin<T extends number | string>(
  value: T,
  { low, high }: Extract<Test, { kind: 'range' }>,
): boolean {
  const isAbove = low === undefined || value > low.value || (low.isIncluded && value === low.value);
  const isBelow =
    high === undefined || value < high.value || (high.isIncluded && value === high.value);
  return isAbove && isBelow;
}

/** Several words come from quotes, which have no wildcards. No word has a blank in it. */
function hasPhrase(words: readonly string[], phrase: readonly Pattern[]): boolean {
  const [first = ''] = phrase;
  return phrase.length === 1
    ? words.some((word) => matchesWord(word, first))
    : ` ${words.join(' ')} `.includes(` ${phrase.join(' ')} `);
}

/** In a time that is at most the product of both lengths. */
function matchesWord(word: string, pattern: Pattern): boolean {
  if (!pattern.includes(many) && !pattern.includes(one)) return word === pattern;
  const [text, signs] = [Array.from(word), Array.from(pattern)];
  let [at, sign] = [0, 0];
  /** Where the last `many` is, and up to where it reaches. */
  let star = -1;
  let reach = 0;
  while (at < text.length) {
    if (signs[sign] === many) {
      star = sign;
      reach = at;
      sign += 1;
    } else if (signs[sign] === one || signs[sign] === text[at]) {
      at += 1;
      sign += 1;
    } else if (star >= 0) {
      reach += 1;
      at = reach;
      sign = star + 1;
    } else return false;
  }
  return signs.slice(sign).every((left) => left === many);
}
