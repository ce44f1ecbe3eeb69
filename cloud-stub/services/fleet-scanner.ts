import { isBlank, many, one, queryBounds } from './fleet-query.ts';

/** Reads the characters of a query. */
export interface Scanner {
  /** Characters read so far. */
  position(): number;
  /** The next character, behind blanks; empty at the end. */
  next(): string;
  /** Reads `text` behind blanks, if that comes next. */
  take(text: string): boolean;
  /** Reads the operator `word`, if that comes next and ends there. */
  takeWord(word: string): boolean;
  /** A word outside quotes; its wildcards as `many` and `one`. Empty when none comes next. */
  word(): string;
  /** The text of quotes whose first one is read. */
  quoted(): string;
  /** A bound or number: everything up to a blank or a closing bracket. */
  literal(): string;
}

/** What is wrong with a query. Does not leave the parser. */
export class QueryFault extends Error {}

/** AWS does not search for these. */
const unserved = "`@#%/';,";
/** They end a word, unless they are escaped. */
const delimiters = '()[]{}":<>';
/** They have a meaning in AWS's language that is not documented for the index, unless they are escaped. */
const reserved = '=!^~&|';
const escapable = `${delimiters}${reserved}*?-+`;

/** Throws `QueryFault`, as every method does. */
export function createScanner(text: string): Scanner {
  const characters = Array.from(text);
  if (characters.length > queryBounds.charactersMax) {
    throw new QueryFault(`a query has at most ${queryBounds.charactersMax} characters`);
  }
  const bad = characters.findIndex((one) => unserved.includes(one) || isControl(one));
  if (bad >= 0)
    throw faultAt(bad, `the character ${JSON.stringify(characters[bad])} is not served`);
  let at = 0;
  const peek = () => characters[at] ?? '';
  const skip = () => {
    while (at < characters.length && isBlank(peek())) at += 1;
  };
  const comes = (word: string) => characters.slice(at, at + word.length).join('') === word;
  /** The character behind a backslash, which has no meaning then. */
  const escaped = () => {
    at += 1;
    const character = peek();
    if (character === '' || !escapable.includes(character)) {
      throw faultAt(at - 1, `\\${character} is not served`);
    }
    at += 1;
    return character;
  };
  return {
    position: () => at,
    next() {
      skip();
      return peek();
    },
    take(text) {
      skip();
      if (!comes(text)) return false;
      at += text.length;
      return true;
    },
    takeWord(word) {
      skip();
      const after = characters[at + word.length] ?? ' ';
      if (!comes(word) || !(isBlank(after) || '()'.includes(after))) return false;
      at += word.length;
      return true;
    },
    word() {
      skip();
      let word = '';
      for (let next = peek(); next !== ''; next = peek()) {
        if (isBlank(next) || delimiters.includes(next)) break;
        if (reserved.includes(next) || (next === '+' && word === '')) {
          throw faultAt(at, `${next} is not served; escape it by \\`);
        }
        if (next === '\\') word += escaped();
        else {
          word += next === '*' ? many : next === '?' ? one : next;
          at += 1;
        }
      }
      return word;
    },
    quoted() {
      const start = at - 1;
      let text = '';
      for (let next = peek(); next !== '"'; next = peek()) {
        if (next === '') throw faultAt(start, 'a quotation mark has no second one');
        if ('*?'.includes(next)) throw faultAt(at, `${next} in quotes is not served`);
        if (next === '\\') text += escaped();
        else {
          text += next;
          at += 1;
        }
      }
      at += 1;
      return text;
    },
    literal() {
      skip();
      const start = at;
      while (at < characters.length && !isBlank(peek()) && !'()[]{}":<>'.includes(peek())) at += 1;
      return characters.slice(start, at).join('');
    },
  };
}

const isControl = (character: string): boolean => /\p{Cc}/u.test(character) && !isBlank(character);

export const faultAt = (position: number, message: string): QueryFault =>
  new QueryFault(`character ${position + 1} of the query: ${message}`);
