/**
 * Splits a stream of bytes into lines of text; `false` when a line is longer than allowed, and then it is of no more
 * use.
 */
export function lineReader(lineBytesMax: number, onLine: (line: string) => void) {
  let parts: Buffer[] = [];
  let bytesKept = 0;
  return (chunk: Buffer): boolean => {
    let rest = chunk;
    for (let end = rest.indexOf(0x0a); end >= 0; end = rest.indexOf(0x0a)) {
      if (bytesKept + end > lineBytesMax) return false;
      const line = Buffer.concat([...parts, rest.subarray(0, end)]).toString('utf8');
      [parts, bytesKept, rest] = [[], 0, rest.subarray(end + 1)];
      if (line.trim() !== '') onLine(line);
    }
    if (rest.length > 0) parts.push(rest);
    bytesKept += rest.length;
    return bytesKept <= lineBytesMax;
  };
}
