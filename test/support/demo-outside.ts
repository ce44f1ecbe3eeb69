import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { promisify } from 'node:util';

const project = join(import.meta.dirname, '..', '..');
const execute = promisify(execFile);

/** Runs one of the command lines and returns what it printed. */
export async function runCommand(main: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, [join(project, main), ...args]);
  return stdout;
}

/** The version that an executable prints. */
export async function versionOf(executable: string): Promise<string> {
  return (await execute(executable, ['--version'])).stdout.trim();
}

export async function fileSha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** The files below `folder` whose content has `text` in it. */
export async function filesWith(folder: string, text: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if ((await readFile(path, 'latin1')).includes(text)) found.push(path);
  }
  return found;
}

/** GET with nothing but the link and the cloud's CA. */
export function fetchWithCa(
  url: string,
  ca: Buffer,
): Promise<{ status: number | undefined; body: Buffer }> {
  return new Promise((resolve, reject) => {
    get(url, { ca, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, body: Buffer.concat(chunks) }),
      );
      response.on('error', reject);
    }).on('error', reject);
  });
}

/** What becomes of a TLS connection without a client certificate: its error's code, or `closed`. */
export function connectWithoutCertificate(options: {
  host: string;
  port: number;
  ca: Buffer;
}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ ...options, servername: options.host });
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('close', () => resolve('closed'));
    // With TLS 1.3 a client learns of the rejection only after its own side of the handshake is done.
    socket.once('data', () => resolve('answered'));
    socket.once('secureConnect', () =>
      socket.write('\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00'),
    );
  });
}
