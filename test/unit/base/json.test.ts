import { describe, expect, it } from 'vitest';
import { closestWord } from '../../../base/closest.ts';
import { readJsonObject } from '../../../base/json.ts';

const valuesOf = (text: string) => {
  const read = readJsonObject(text);
  return read.ok ? Object.fromEntries(read.members.map((one) => [one.key, one.value])) : read;
};

describe('JSON written by hand', () => {
  it.each([
    '{}',
    '{"a":1}',
    ' \r\n{ "a" : [ 1 , -2.5e+3, true , false, null, "x" ] ,\t"b":{"c":{}} }\n',
    '{"a":"\\u00e4 \\" \\\\ \\n","":0}',
    '{"a":[[],{},""]}',
  ])('%j is read as JSON.parse reads it', (text) => {
    expect(valuesOf(text)).toEqual(JSON.parse(text));
  });

  it('is read after a byte order mark', () => {
    expect(valuesOf('\uFEFF{"a":1}')).toEqual({ a: 1 });
  });

  it('gives the positions of names and values', () => {
    expect(readJsonObject('\uFEFF{\r\n  "a": 1,\n\t"b" :\n7}')).toMatchObject({
      members: [
        { key: 'a', keyPlace: 'line 2, column 3', place: 'line 2, column 8' },
        { key: 'b', keyPlace: 'line 3, column 2', place: 'line 4, column 1' },
      ],
    });
  });

  it.each([
    ['', 'line 1, column 1: it ends here, expected an object'],
    ['[]', 'line 1, column 1: "[" stands here, expected an object'],
    ['null', '"null" stands here'],
    ['{', 'line 1, column 2: it ends here, expected a name in double quotes, or }'],
    ['{"a"', 'it ends here, expected ":"'],
    ['{"a":', 'it ends here, expected a value'],
    ['{"a":1', 'it ends here, expected "," or "}"'],
    ['{"a":1,}', 'line 1, column 7: there is no "," before "}"'],
    ['{"a":[1,]}', 'line 1, column 8: there is no "," before "]"'],
    ['{"a":1\n "b":2}', 'line 2, column 2: "\\"" stands here, expected "," or "}"'],
    ['{\n  // the robot\n  "a":1}', 'line 2, column 3: there are no comments in JSON'],
    ['{ "a": 1 /* one */ }', 'line 1, column 10: there are no comments'],
    ['# robot\n{}', 'line 1, column 1: there are no comments'],
    ["{'a': 1}", `line 1, column 2: texts and names stand in double quotes ("), not in '`],
    ['{"a": \'x\'}', 'line 1, column 7: texts and names stand in double quotes'],
    ['{\u201Ca\u201D: 1}', 'line 1, column 2: texts and names stand in double quotes'],
    ['{a: 1}', 'line 1, column 2: "a" stands here, expected a name in double quotes'],
    ['{"a":1,"b":2,"a":3}', 'line 1, column 14: "a" occurs twice'],
    ['{"a":{"b":1,"b":1}}', 'line 1, column 13: "b" occurs twice'],
    ['{"a":"x', 'line 1, column 6: this text has no closing quote'],
    ['{"a":"x\n"}', 'line 1, column 6: this text has no closing quote'],
    ['{"a":"\t"}', 'line 1, column 6: this text has a control character'],
    ['{"a":"\\x"}', 'a bad escape'],
    ['{"a":True}', 'line 1, column 6: "True" stands here'],
    ['{"a":NaN}', '"NaN" stands here'],
    ['{"a":01}', '"01" stands here'],
    ['{"a":0x10}', '"0x10" stands here'],
    ['{"a":.5}', '".5" stands here'],
    ['{"a":1} {}', 'line 1, column 9: "{" stands here, expected nothing behind the object'],
    ['{"a":1}x', 'line 1, column 8: "x" stands here'],
    [`{"a":${'['.repeat(100)}`, 'this is nested too deep'],
    ['{\0"\0a', 'line 1, column 1: this is not UTF-8 text'],
  ])('%j is rejected with place and reason', (text, problem) => {
    expect(readJsonObject(text)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });
});

describe('the closest known word', () => {
  const known = ['cloudHost', 'cloudPort', 'jobs', 'robot'];
  it.each([
    ['clowdHost', 'cloudHost'],
    ['cloudhost', 'cloudHost'],
    ['cluodPort', 'cloudPort'],
    ['cloudHots', 'cloudHost'],
    ['job', 'jobs'],
    ['robots', 'robot'],
    ['host', undefined],
    ['x', undefined],
    ['', undefined],
  ])('of %j is %j', (word, meant) => {
    expect(closestWord(word, known)).toBe(meant);
  });
});
