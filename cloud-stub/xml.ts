const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

/** An element with text. A control character is sent as its number, as S3 does: XML 1.0 has no other way. */
export function element(name: string, text: string): string {
  const escaped = text.replaceAll(
    /[&<>"\ufffe\uffff]|(?![\t\n])\p{Cc}/gu,
    (char) => entities[char] ?? `&#x${char.charCodeAt(0).toString(16)};`,
  );
  return `<${name}>${escaped}</${name}>`;
}

/** A whole document; `content` is XML already. */
export const xmlDocument = (root: string, content: readonly string[]): string => {
  const [name] = root.split(' ', 1);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}>${content.join('')}</${name}>`;
};
