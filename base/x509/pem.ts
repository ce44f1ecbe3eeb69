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
  const base64 = lines.join('');
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length > 0 && bytes.toString('base64') === base64 ? bytes : undefined;
}

/** The certificates of a chain file, each as PEM with a final newline, in order; other text is passed over. */
export function certificateBlocks(text: string): string[] {
  const block = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;
  return (text.match(block) ?? []).map((pem) => `${pem}\n`);
}
