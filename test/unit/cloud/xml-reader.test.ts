import { describe, expect, it } from 'vitest';
import { readXml, type XmlElement } from '../../../cloud-stub/xml-reader.ts';

const read = (text: string) => readXml(Buffer.from(text));
const leaf = (name: string, text: string): XmlElement => ({ name, text, elements: [] });

describe('a document', () => {
  it.each<[string, string, XmlElement]>([
    ['of text', '<a>b</a>', leaf('a', 'b')],
    ['of nothing', '<a/>', leaf('a', '')],
    [
      'with all that clients send around it',
      '\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<a xmlns="http://s3.amazonaws.com/doc/2006-03-01/" >\r\n <b >1</b ><b/>\n</a>\n',
      { name: 'a', text: '', elements: [leaf('b', '1'), leaf('b', '')] },
    ],
    [
      'with entities and character numbers',
      '<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x1F600;&#xd;ä</a>',
      leaf('a', '<&>"\'A\u{1f600}\rä'),
    ],
    ['with a closing bracket in its text', '<a>x > y</a>', leaf('a', 'x > y')],
    ['with white space as text', '<a> \n </a>', leaf('a', ' \n ')],
    ['with other line ends', '<a>1\r\n2\r3</a>', leaf('a', '1\n2\n3')],
  ])('%s is read', (_name, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([
    ['nothing', ''],
    ['text alone', 'a'],
    ['no end', '<a>'],
    ['an end too many', '<a/></a>'],
    ['another end', '<a><b></a></b>'],
    ['two roots', '<a/><a/>'],
    ['text after the root', '<a/>x'],
    ['text between elements', '<a>x<b/></a>'],
    ['a document type', '<!DOCTYPE a><a/>'],
    ['entities of its own', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['an unknown entity', '<a>&b;</a>'],
    ['a member of every object as entity', '<a>&constructor;</a>'],
    ['an entity without its end', '<a>&amp</a>'],
    ['a bare ampersand', '<a>b & c</a>'],
    ['a control character', '<a>\u0001</a>'],
    ['a control character as number', '<a>&#1;</a>'],
    ['half of a character as number', '<a>&#xd800;</a>'],
    ['a number above all characters', '<a>&#x110000;</a>'],
    ['the end of CDATA', '<a>]]></a>'],
    ['CDATA', '<a><![CDATA[b]]></a>'],
    ['a comment', '<a><!-- b --></a>'],
    ['an instruction', '<a><?b?></a>'],
    ['an attribute', '<a b="c"/>'],
    ['another namespace', '<a xmlns="x"/>'],
    ['a namespace at its end', '<a></a xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'],
    ['a prefix', '<a:b/>'],
    ['XML 1.1', '<?xml version="1.1"?><a/>'],
    ['another encoding', '<?xml version="1.0" encoding="UTF-16"?><a/>'],
    ['white space before a name', '< a/>'],
    ['elements ten deep', '<a>'.repeat(10) + '</a>'.repeat(10)],
  ])('with %s is refused', (_name, text) => {
    expect(read(text)).toBeUndefined();
  });

  it('that is not UTF-8 is refused', () => {
    expect(readXml(Buffer.from('<a>\xff</a>', 'latin1'))).toBeUndefined();
  });

  it('of megabytes is read or refused, whatever it repeats', () => {
    const size = 1_000_000;
    expect(read(`<a>${'x'.repeat(size)}</a>`)?.text).toHaveLength(size);
    expect(read(`<a>${'&amp;'.repeat(size)}</a>`)?.text).toHaveLength(size);
    expect(read(`<a>${'<b/>'.repeat(size)}</a>`)?.elements).toHaveLength(size);
    for (const piece of ['<a>', '</a>', '<', '&', '<a', '<a '.padEnd(100), ']]', '<a>&#x']) {
      expect(read(piece.repeat(size / 10))).toBeUndefined();
    }
  });
});
