import { createReadStream } from 'node:fs';
import { codeOf, PilotfishError } from '../base/errors.ts';

/** A little more than any acceptable request: the parser then reports that it is too large. */
const bytesMax = 16 * 1024;

/** Reads a request's file, or as much of it as is needed to reject it. Throws `csr-unreadable`. */
export async function readRequest(path: string): Promise<string> {
  try {
    const parts: Buffer[] = [];
    for await (const part of createReadStream(path, { end: bytesMax - 1 })) parts.push(part);
    return Buffer.concat(parts).toString('latin1');
  } catch (error) {
    throw new PilotfishError('csr-unreadable', `--csr ${path} cannot be read (${codeOf(error)})`);
  }
}
