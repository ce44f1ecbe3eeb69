/** One PEM block (RFC 7468), with a final newline. */
export function encodePem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

/**
 * The content of `text`, when it is exactly one block of the label and nothing else, in RFC 7468's strict form (lines
 * of 64, canonical base64; LF or CR LF); else undefined.
 */
export function decodePem(label: string, text: string): Buffer | undefined {
  const lines = text.trimEnd().split(/\r?\n/);
  if (lines.shift() !== `-----BEGIN ${label}-----`) return undefined;
  if (lines.pop() !== `-----END ${label}-----`) return undefined;
  const last = lines.length - 1;
  if (last < 0 || !lines.every((line, at) => (at < last ? line.length === 64 : line.length <= 64)))
    return undefined;
  return decodeBase64(lines.join(''));
}

export interface PemBlock {
  readonly label: string;
  readonly der: Buffer;
  /** The line on which it begins, from 1. */
  readonly line: number;
}

export type PemReading =
  | { readonly ok: true; readonly blocks: readonly PemBlock[] }
  | { readonly ok: false; readonly problem: string };

/**
 * The blocks of a hand-made file. Text between them is ignored (RFC 7468 section 2), and so are a byte order mark and
 * the style of line ends. Everything that another parser could read differently is a problem, with its line. INVARIANT:
 * a caller passes on the parsed blocks (`encodePem`), and never the file's own text.
 */
export function readPem(text: string): PemReading {
  if (text.includes('\0')) return fail(1, 'this is not plain text (UTF-16, or binary)');
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  const blocks: PemBlock[] = [];
  let open: { label: string; line: number; base64: string } | undefined;
  for (const [at, raw] of lines.entries()) {
    const line = raw.trimEnd();
    const [, word, label = ''] = /^-----(BEGIN|END) ([A-Z0-9 ]{1,60})-----$/.exec(line) ?? [];
    if (word === undefined) {
      if (/-{3,} ?(?:BEGIN|END) /.test(line)) {
        return fail(
          at + 1,
          'BEGIN or END does not stand alone in its line; a newline may be missing',
        );
      }
      if (open === undefined) continue;
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(line)) {
        const what = /^(?:Proc-Type|DEK-Info):/.test(line)
          ? 'the block is encrypted'
          : 'this is no base64';
        return fail(at + 1, what);
      }
      open.base64 += line;
    } else if (word === 'BEGIN') {
      if (open !== undefined) return fail(open.line, 'this block has no END');
      open = { label, line: at + 1, base64: '' };
    } else {
      if (open === undefined) return fail(at + 1, 'this END has no BEGIN');
      if (open.label !== label) return fail(at + 1, 'this END is that of another block');
      const der = decodeBase64(open.base64);
      if (der === undefined) return fail(open.line, 'this block cannot be decoded');
      blocks.push({ label, der, line: open.line });
      open = undefined;
    }
  }
  return open === undefined ? { ok: true, blocks } : fail(open.line, 'this block has no END');
}

const fail = (line: number, what: string): PemReading => ({
  ok: false,
  problem: `line ${line}: ${what}`,
});

function decodeBase64(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === base64 ? bytes : undefined;
}
