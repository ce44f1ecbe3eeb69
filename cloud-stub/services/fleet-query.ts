/** A query on the fleet index. Source: AWS IoT developer guide, "Query syntax". Plain data; `fleet-parser.ts` makes it. */

export type Query =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Query[] }
  | { readonly kind: 'not'; readonly of: Query }
  /** Without a field: any field of the registry or of a shadow. */
  | { readonly kind: 'term'; readonly field?: string; readonly test: Test };

export type Test =
  | { readonly kind: 'exists' }
  /** Words that follow one another in a value; most tests have one. */
  | { readonly kind: 'words'; readonly words: readonly Pattern[] }
  | { readonly kind: 'range'; readonly low?: Bound; readonly high?: Bound };

export interface Bound {
  /** A text is in lower case. */
  readonly value: number | string;
  readonly isIncluded: boolean;
}

/** A word in lower case, with `many` and `one` for the wildcards: no query contains these characters. */
export type Pattern = string;
/** `*`: any characters, or none. */
export const many = '\u0000';
/** `?`: one character. */
export const one = '\u0001';

export const queryBounds = {
  charactersMax: 1000,
  /** AWS: of a query with a leading wildcard. */
  leadingWildcardCharactersMax: 100,
  leadingWildcardsMax: 1,
  termsMax: 12,
  /** `*` and `?` in one word. */
  wildcardsMax: { '*': 2, '?': 5 },
  /** Of a word with wildcards: each character may be compared with each one of a value. */
  wildcardWordCharactersMax: 100,
  /** Parentheses within parentheses. */
  depthMax: 8,
} as const;

/** AWS: a literal number of JSON. */
export const isNumber = (text: string): boolean =>
  /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text));

/** Words are separated by Java's white space, which has no non-breaking blanks (AWS). */
export const wordsOf = (text: string): string[] =>
  text
    .toLowerCase()
    .split(blanks)
    .filter((word) => word !== '');

const blanks = /[[\t-\r\u2028\u2029\p{Zs}]--[\u00a0\u2007\u202f]]+/v;
export const isBlank = (character: string): boolean => blanks.test(character);
