import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fields, FieldValue } from '../../../cloud-stub/services/fleet-document.ts';
import { matches } from '../../../cloud-stub/services/fleet-match.ts';
import { parseQuery } from '../../../cloud-stub/services/fleet-parser.ts';

/** Whether a thing with these fields matches; the message of an invalid query. */
function search(text: string, fields: Record<string, FieldValue | FieldValue[]>): boolean | string {
  const query = parseQuery(text);
  if (!query.ok) return query.message;
  return matches(query.value, fieldsOf(fields));
}
const fieldsOf = (fields: Record<string, FieldValue | FieldValue[]>): Fields =>
  new Map(Object.entries(fields).map(([name, value]) => [name, [value].flat()]));

const thing = {
  thingName: 'Robot-7',
  thingGroupNames: ['hall', 'north-wing'],
  'attributes.model': 'V2',
  'attributes.build': '75',
  'attributes.serial': 'abce',
  'attributes.twice': 'abbcabc',
  'shadow.reported.battery': 78,
  'shadow.reported.place': 'New York East',
  'shadow.reported.values': [1, 2, 3],
  'shadow.reported.code': '75',
  'shadow.reported.stats.ok': true,
  'shadow.hasDelta': false,
  'shadow.name.net.reported.ssid': 'cafe',
  'connectivity.connected': true,
  'connectivity.timestamp': 1_557_700_000_000,
};

describe('a query', () => {
  it.each([
    '*',
    'thingName:robot-7',
    'thingName:ROBOT*',
    'thingName:*7',
    'thingName:*obo*',
    'thingName:Robot-?',
    'thingName : Robot-7',
    'thingGroupNames:hall',
    'thingGroupNames:north*',
    'thingGroupNames:(south OR hall)',
    'thingName:(ro* AND -plasma)',
    'attributes.model:v?',
    'attributes.build:75',
    'attributes.build:75.0',
    'attributes.build:[75 TO 80]',
    'attributes.build:{74 TO 75]',
    'attributes.build>=75',
    'attributes.build<75.5',
    'attributes.build > -1',
    'attributes.serial:["abcd" TO "ABCF"]',
    'attributes.serial:a*e',
    'attributes.twice:ab*bcabc',
    'attributes.twice:a*?bc',
    'shadow.reported.battery:{70 TO 100}',
    'shadow.reported.battery>7.7e1',
    'shadow.reported.battery:7?',
    'shadow.reported.values:2',
    'shadow.reported.values>2',
    'shadow.reported.place:york',
    'shadow.reported.place:"new york"',
    'shadow.reported.place:*',
    'shadow.reported.stats:*',
    'shadow.reported.stats.ok:true',
    'shadow.hasDelta:false',
    'shadow.name.net.reported.ssid:cafe',
    'connectivity.connected:true AND connectivity.timestamp : [1557651600000 TO 1557867600000]',
    'NOT attributes.model:legacy',
    '-attributes.model:legacy',
    'NOT (attributes.model:legacy OR thingName:x)',
    'attributes.model:v1 OR (NOT thingName:x)',
    'cafe',
    'york v2',
    '(v2 OR v3) NOT attributes.model:legacy',
    'shadow.reported.battery:{70 TO 100} (v2 OR v3) NOT attributes.model:legacy',
    'thingName:Robot\\-7',
    'and OR robot-7',
  ])('finds the thing by %s', (text) => {
    expect(search(text, thing)).toBe(true);
  });

  it.each([
    'thingName:robot',
    'thingName:obot-7',
    'thingName:*robot',
    'thingname\\:robot-7',
    'attributes.build:{75 TO 80]',
    'attributes.build:[70 TO 75}',
    'attributes.build<75',
    'attributes.build:[80 TO 70]',
    'attributes.serial:["abcf" TO "abcz"]',
    'attributes.model>1',
    'attributes.none:*',
    'shadow.reported.code>1',
    'shadow.reported.place:"york new"',
    'shadow.reported.place:"new east"',
    'shadow.reported.place:newyork',
    'shadow.reported.sta:*',
    'shadow.desired.place:york',
    'connectivity.connected:false',
    'NOT *',
    'false',
    'thingName:Robot-\\?',
  ])('does not find the thing by %s', (text) => {
    expect(search(text, thing)).toBe(false);
  });

  it.each([
    ['', 1, /term is missing/],
    ['   ', 4, /term is missing/],
    ['thingName:', 11, /term is missing/],
    ['a AND', 6, /term is missing/],
    ['NOT', 4, /term is missing/],
    ['AND a', 1, /AND needs a term/],
    ['a AND OR b', 7, /OR needs a term/],
    ['NOT NOT a', 5, /NOT needs a term/],
    ['--a', 2, /- is not served/],
    ['a AND b OR c', 9, /need parentheses/],
    ['a b OR c', 5, /need parentheses/],
    ['a OR NOT b', 10, /NOT beside OR/],
    ['a OR -b', 7, /NOT beside OR/],
    ['(a', 1, /no second one/],
    ['a)', 2, /no beginning/],
    ['()', 2, /\) is not served/],
    ['"a', 1, /quotation mark/],
    ['""', 1, /quotes are empty/],
    ['"a*"', 3, /\* in quotes/],
    ['thingName:a:b', 12, /escape it/],
    ['thingName:-5', 11, /- is not served/],
    ['thingName:NOT a', 11, /NOT is not served/],
    ['thingName:(thingId:a)', 12, /within the parentheses of thingName/],
    ['thingTypeName:x', 1, /field thingTypeName/],
    ['registry.version:1', 1, /field registry\.version/],
    ['deviceDefender.violationCount:[0 TO 100]', 1, /field deviceDefender/],
    ['shadow.version:1', 1, /field shadow\.version/],
    ['shadow.metadata.reported.a.timestamp:1', 1, /field shadow\.metadata/],
    ['shadow.reported:*', 1, /field shadow\.reported /],
    ['shadow.name.a:1', 1, /field shadow\.name\.a/],
    ['shadow.name.a.hasDelta.b:1', 1, /field/],
    ['shadow.reported..a:1', 1, /field/],
    ['connectivity.version:1', 1, /field connectivity\.version/],
    ['attributes:*', 1, /field attributes/],
    ['shadow.*.a:1', 1, /wildcard in the field/],
    ['ThingName:a', 1, /field ThingName/],
    ['[1 TO 2]', 1, /range needs a field/],
    ['thingName:[1 TO *]', 16, /bound is a number/],
    ['thingName:[a TO b]', 12, /bound is a number/],
    ['thingName:[1 2]', 14, /expected TO/],
    ['thingName:[1 TO "a"]', 11, /two numbers or two texts/],
    ['thingName:["a b" TO "c"]', 12, /one word/],
    ['thingName:[1 TO 2', 11, /ends with/],
    ['thingName<a', 11, /needs a number/],
    ['thingName>"1"', 11, /needs a number/],
    ['thingName<1e999', 11, /needs a number/],
    ['a~2', 2, /~ is not served/],
    ['a^2', 2, /\^ is not served/],
    ['+a', 1, /\+ is not served/],
    ['a=b', 2, /= is not served/],
    ['a && b', 3, /& is not served/],
    ['!a', 1, /! is not served/],
    ['/a.*/', 1, /character "\/"/],
    ['"a@b"', 3, /character "@"/],
    ['a\\qb', 2, /\\q is not served/],
    ['a\\', 2, /\\ is not served/],
    ['a\u0000', 2, /character "\\u0000"/],
    ['*a ?b', 4, /only one term/],
    [`*a ${'b'.repeat(98)}`, 1, /at most 100 characters/],
    ['a*b*c*', 1, /at most 2 \*/],
    [`a ${'b'.repeat(100)}*`, 3, /at most 100 characters/],
    [`a ${'b'.repeat(100)}?`, 3, /at most 100 characters/],
    ['a??????', 1, /at most 5 \?/],
    ['a b c d e f g h i j k l m', 25, /at most 12 terms/],
    [`${'('.repeat(9)}a${')'.repeat(9)}`, 9, /levels of parentheses/],
  ])('%j is refused at character %i', (text, position, message) => {
    const said = search(text, thing);
    expect(said).toMatch(message);
    expect(said).toMatch(new RegExp(`^character ${position} of the query: `));
  });

  it('is refused above 1000 characters', () => {
    expect(search('a'.repeat(1000), thing)).toBe(false);
    expect(search('a'.repeat(1001), thing)).toBe('a query has at most 1000 characters');
    expect(search('('.repeat(1000), thing)).toMatch(/levels/);
  });

  it('is either read or refused, whatever it is', () => {
    const piece = fc.constantFrom(
      ...['a', '*', '?', '(', ')', '[', ']', '{', '}', '"', ':', '<', '>', '=', '-', '\\', ' '],
      ...['AND', 'OR', 'NOT', ' TO ', '1', 'thingName', 'attributes.x', '\u{1F916}', '\u00a0'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        expect(typeof search(pieces.join(''), thing)).toMatch(/boolean|string/);
      }),
      { numRuns: 5000 },
    );
  });
});
