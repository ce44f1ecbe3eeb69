import { ok, type Result, refuse } from '../../protocol/result.ts';
import { isServedField } from './fleet-fields.ts';
import {
  type Bound,
  isNumber,
  many,
  one,
  type Query,
  queryBounds,
  wordsOf,
} from './fleet-query.ts';
import { createScanner, faultAt, QueryFault, type Scanner } from './fleet-scanner.ts';

/**
 * Reads a query of the fleet index. What AWS does not document, or what is not served here, is an error that names it:
 * a query means the same here and at AWS.
 */
export function parseQuery(text: string): Result<Query, 'InvalidQuery'> {
  try {
    return ok(parse(text));
  } catch (error) {
    if (error instanceof QueryFault) return refuse('InvalidQuery', error.message);
    throw error;
  }
}

interface Parser {
  readonly scanner: Scanner;
  /** Counts a term that begins `at`. */
  countTerm(at: number): void;
  checkWildcards(word: string, at: number): void;
}

function parse(text: string): Query {
  const scanner = createScanner(text);
  let terms = 0;
  let leading = 0;
  const parser: Parser = {
    scanner,
    countTerm(at) {
      terms += 1;
      if (terms > queryBounds.termsMax) {
        throw faultAt(at, `a query has at most ${queryBounds.termsMax} terms`);
      }
    },
    checkWildcards(word, at) {
      for (const [sign, character] of [
        ['*', many],
        ['?', one],
      ] as const) {
        const max = queryBounds.wildcardsMax[sign];
        if (word.split(character).length - 1 > max) {
          throw faultAt(at, `a word has at most ${max} ${sign}`);
        }
      }
      const hasWildcard = word.includes(many) || word.includes(one);
      const wordMax = queryBounds.wildcardWordCharactersMax;
      if (hasWildcard && word.length > wordMax) {
        throw faultAt(at, `a word with a wildcard has at most ${wordMax} characters`);
      }
      if (word === many || !(word.startsWith(many) || word.startsWith(one))) return;
      leading += 1;
      if (leading > queryBounds.leadingWildcardsMax) {
        throw faultAt(at, 'only one term of a query may begin with a wildcard');
      }
      const max = queryBounds.leadingWildcardCharactersMax;
      if (text.length > max) {
        throw faultAt(at, `a query with a leading wildcard has at most ${max} characters`);
      }
    },
  };
  const query = parseGroup(parser, { field: undefined, depth: 0 });
  const rest = scanner.next();
  if (rest !== '') throw faultAt(scanner.position(), `${rest} has no beginning`);
  return query;
}

interface Place {
  /** Of the field whose parentheses these are: `thingName:(a OR b)`. */
  readonly field: string | undefined;
  readonly depth: number;
}

/** Clauses up to the end or a closing parenthesis. Without an operator between them it is AND. */
function parseGroup(parser: Parser, place: Place): Query {
  const { scanner } = parser;
  if (place.depth > queryBounds.depthMax) {
    throw faultAt(scanner.position() - 1, `at most ${queryBounds.depthMax} levels of parentheses`);
  }
  const clauses = [parseClause(parser, place)];
  let joined: 'and' | 'or' | undefined;
  while (!['', ')'].includes(scanner.next())) {
    const at = scanner.position();
    const operator = scanner.takeWord('OR') ? 'or' : 'and';
    if (operator === 'and') scanner.takeWord('AND');
    // AWS does not say which one binds closer.
    if (joined !== undefined && joined !== operator) {
      throw faultAt(at, 'AND and OR side by side need parentheses');
    }
    joined = operator;
    clauses.push(parseClause(parser, place));
  }
  const [first] = clauses;
  if (first !== undefined && joined === undefined) return first;
  // In Lucene, on which the language is based, `a OR NOT b` excludes b. A reader expects otherwise.
  if (joined === 'or' && clauses.some(({ kind }) => kind === 'not')) {
    throw faultAt(scanner.position() - 1, 'NOT beside OR is not served');
  }
  return { kind: joined ?? 'and', of: clauses };
}

function parseClause(parser: Parser, place: Place): Query {
  const { scanner } = parser;
  if (scanner.takeWord('NOT') || scanner.take('-')) {
    return { kind: 'not', of: parsePositive(parser, place) };
  }
  return parsePositive(parser, place);
}

const operators: readonly string[] = ['AND', 'OR', 'NOT'];

function parsePositive(parser: Parser, place: Place): Query {
  const { scanner } = parser;
  const next = scanner.next();
  const at = scanner.position();
  if (next === '-') throw faultAt(at, '- is not served here; escape it by \\');
  const isWord = next !== '' && !'()[]{}":<>'.includes(next);
  if (!isWord) return parseValue(parser, place);
  const word = scanner.word();
  if (operators.includes(word)) throw faultAt(at, `${word} needs a term before and after it`);
  const after = scanner.next();
  if (![':', '<', '>'].includes(after)) return termOf(parser, { field: place.field, word, at });
  if (place.field !== undefined) {
    throw faultAt(at, `a field within the parentheses of ${place.field} is not served`);
  }
  const field = fieldOf(word, at);
  if (scanner.take(':')) return parseValue(parser, { ...place, field });
  return parseComparison(parser, field);
}

function fieldOf(word: string, at: number): string {
  const name = word.replaceAll(many, '*').replaceAll(one, '?');
  if (name !== word) throw faultAt(at, `the wildcard in the field ${name} is not served`);
  if (!isServedField(name)) throw faultAt(at, `the field ${name} is not served`);
  return name;
}

/** What may follow `field:`; without a field, what may stand for itself. */
function parseValue(parser: Parser, place: Place): Query {
  const { scanner } = parser;
  const { field, depth } = place;
  const next = scanner.next();
  const at = scanner.position();
  if (scanner.take('(')) {
    const group = parseGroup(parser, { field, depth: depth + 1 });
    if (!scanner.take(')')) throw faultAt(at, 'a parenthesis has no second one');
    return group.kind === 'not' ? { kind: 'and', of: [group] } : group;
  }
  if (scanner.take('"')) {
    const words = wordsOf(scanner.quoted());
    if (words.length === 0) throw faultAt(at, 'the quotes are empty');
    parser.countTerm(at);
    return term(field, { kind: 'words', words });
  }
  if (next === '[' || next === '{') {
    if (field === undefined) throw faultAt(at, 'a range needs a field');
    return parseRange(parser, field);
  }
  if (next === '' || '()[]{}:<>-'.includes(next)) {
    throw faultAt(at, next === '' ? 'a term is missing' : `${next} is not served here`);
  }
  const word = scanner.word();
  if (operators.includes(word)) throw faultAt(at, `${word} is not served here; put it into quotes`);
  if (scanner.next() === ':')
    throw faultAt(scanner.position(), ': is not served here; escape it by \\');
  return termOf(parser, { field, word, at });
}

function termOf(
  parser: Parser,
  { field, word, at }: { field: string | undefined; word: string; at: number },
): Query {
  parser.countTerm(at);
  parser.checkWildcards(word, at);
  if (word === many) return field === undefined ? { kind: 'all' } : term(field, { kind: 'exists' });
  return term(field, { kind: 'words', words: [word.toLowerCase()] });
}

const term = (
  field: string | undefined,
  test: Extract<Query, { kind: 'term' }>['test'],
): Query => ({ kind: 'term', ...(field === undefined ? {} : { field }), test });

function parseComparison(parser: Parser, field: string): Query {
  const { scanner } = parser;
  const sign = (['<=', '>=', '<', '>'] as const).find((one) => scanner.take(one)) ?? '>';
  const side = sign.startsWith('<') ? 'high' : 'low';
  const isIncluded = sign.endsWith('=');
  const at = scanner.position();
  const text = scanner.literal();
  if (!isNumber(text)) throw faultAt(at, `a comparison of ${field} needs a number`);
  parser.countTerm(at);
  return term(field, { kind: 'range', [side]: { value: Number(text), isIncluded } });
}

/** `[a TO b]`; a brace excludes its bound. */
function parseRange(parser: Parser, field: string): Query {
  const { scanner } = parser;
  const at = scanner.position();
  const isLowIncluded = !scanner.take('{');
  if (isLowIncluded) scanner.take('[');
  const low = parseBound(scanner, isLowIncluded);
  if (!scanner.takeWord('TO')) throw faultAt(scanner.position(), 'expected TO in a range');
  const high = parseBound(scanner, true);
  const isHighIncluded = scanner.take(']');
  if (!isHighIncluded && !scanner.take('}')) {
    throw faultAt(at, 'a range ends with ] or }');
  }
  if (typeof low.value !== typeof high.value) {
    throw faultAt(at, 'the bounds of a range are two numbers or two texts');
  }
  parser.countTerm(at);
  return term(field, { kind: 'range', low, high: { ...high, isIncluded: isHighIncluded } });
}

/** A number, or a word in quotes. */
function parseBound(scanner: Scanner, isIncluded: boolean): Bound {
  const at = scanner.position();
  if (scanner.take('"')) {
    const [word, second] = wordsOf(scanner.quoted());
    if (word === undefined || second !== undefined) throw faultAt(at, 'a bound is one word');
    return { value: word, isIncluded };
  }
  const text = scanner.literal();
  if (!isNumber(text)) throw faultAt(at, 'a bound is a number, or a word in quotes');
  return { value: Number(text), isIncluded };
}
