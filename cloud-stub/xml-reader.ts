/**
 * A strict reader of the small documents that S3's requests have: elements and text, S3's namespace, the five entities
 * of XML and character numbers. It knows no document type, so nothing can grow, and no other attribute, comment, CDATA
 * or instruction: none of AWS's clients sends one.
 */

export interface XmlElement {
  readonly name: string;
  /** Its text; empty when it has elements. */
  readonly text: string;
  readonly elements: readonly XmlElement[];
}

interface Opened {
  readonly name: string;
  text: string;
  elements: XmlElement[];
}

const depthMax = 8;

const declaration =
  /^\ufeff?(?:<\?xml version="1\.0"(?: encoding="(?:UTF-8|utf-8)")?(?: standalone="(?:yes|no)")? ?\?>)?/;
const namespace = 'http://s3\\.amazonaws\\.com/doc/2006-03-01/';
const name = '[A-Za-z][A-Za-z0-9]{0,63}';
/** An end, a beginning, or text. */
const piece = `</(${name})\\s*>|<(${name})(?:\\s+xmlns=(?:"${namespace}"|'${namespace}'))?\\s*(/?)>|([^<]+)`;

/** The root element, or undefined when the bytes are no such document. */
export function readXml(bytes: Uint8Array): XmlElement | undefined {
  let source: string;
  try {
    source = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  source = source.replaceAll(/\r\n?/g, '\n');
  const pieces = new RegExp(piece, 'y');
  const document: Opened = { name: '', text: '', elements: [] };
  const open: Opened[] = [document];
  pieces.lastIndex = declaration.exec(source)?.[0].length ?? 0;
  while (pieces.lastIndex < source.length) {
    const found = pieces.exec(source);
    if (found === null || !take(open, found)) return undefined;
  }
  const [root, second] = document.elements;
  const isWhole = open.length === 1 && second === undefined && isBlank(document.text);
  return isWhole ? root : undefined;
}

/** Takes one piece; false when it may not be there. */
function take(open: Opened[], [, end, begin = '', slash, text]: RegExpExecArray): boolean {
  const current = open.at(-1);
  if (current === undefined) return false;
  if (text !== undefined) {
    const decoded = decode(text);
    current.text += decoded ?? '';
    return decoded !== undefined;
  }
  if (end !== undefined) {
    if (open.length === 1 || current.name !== end) return false;
    open.pop();
    return close(open, current);
  }
  const opened = { name: begin, text: '', elements: [] };
  if (slash === '/') return close(open, opened);
  return open.push(opened) <= depthMax;
}

/** An element has text or elements; white space between elements is none. */
function close(open: Opened[], element: Opened): boolean {
  if (element.elements.length > 0) {
    if (!isBlank(element.text)) return false;
    element.text = '';
  }
  open.at(-1)?.elements.push(element);
  return true;
}

const entities: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" },
};
/** What XML 1.0 has as characters. */
const isText = (text: string): boolean =>
  !/[^\t\n\r -\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text);
const isBlank = (text: string): boolean => !/[^ \t\n\r]/.test(text);

function decode(text: string): string | undefined {
  let isValid = !text.includes(']]>') && isText(text);
  const decoded = text.replaceAll(/&([^;&]{0,10};?)/g, (_, reference: string) => {
    const char = characterOf(reference);
    isValid &&= char !== undefined;
    return char ?? '';
  });
  return isValid ? decoded : undefined;
}

function characterOf(reference: string): string | undefined {
  const [, name, decimal, hex] =
    /^(?:([a-z]+)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));$/.exec(reference) ?? [];
  if (name !== undefined) return Object.hasOwn(entities, name) ? entities[name] : undefined;
  const code = hex === undefined ? Number(decimal ?? Number.NaN) : Number.parseInt(hex, 16);
  if (!(code <= 0x10ffff)) return undefined;
  const char = String.fromCodePoint(code);
  return isText(char) ? char : undefined;
}
