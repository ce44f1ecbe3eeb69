import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { folders } from '../support/pki-folder.ts';

const project = join(import.meta.dirname, '..', '..');
const folder = folders();

/** The commands of the page, in order: its indented lines, without drawings and units for systemd. */
function commandsOf(page: string): string[] {
  const blocks = page.split(/\n\n/).filter((block) => /^ {4}/.test(block));
  return blocks
    .filter((block) => !/[──▶]|^ {4}(\[|#)|system-packages|export PILOTFISH/.test(block))
    .flatMap((block) => block.replaceAll(/ *\\\n */g, ' ').split('\n'))
    .map((line) => line.trim());
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

it('every command of docs/factory.md works as it is printed there', async () => {
  const page = await readFile(join(project, 'docs', 'factory.md'), 'utf8');
  const port = await freePort();
  const commands = commandsOf(page).map((line) => line.replaceAll('8444', `${port}`));
  expect(commands.length).toBeGreaterThan(25);
  const script = commands.map((line) => {
    const shown = `echo ${JSON.stringify(`+ ${line.replaceAll(/["$`]/g, '')}`)}`;
    // The page says: in another terminal.
    if (!line.startsWith('factory station')) return `${shown}\n${line}`;
    return `${shown}\n${line} > log 2>&1 &\nstation=$!\ntrap 'kill $station' EXIT\n${waitForIt}`;
  });
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script.join('\n')], {
    cwd: await folder(),
    env: {
      ...process.env,
      PATH: `${join(project, 'node_modules', '.bin')}:${process.env['PATH']}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  expect(child.exitCode ?? (await once(child, 'close'))[0], `${out}\n${err}`).toBe(0);
  expect(out).toContain('RB-1.pem: OK');
  expect(out).toContain('"status":"ok"');
  expect(out).toMatch(/REVOKED|CRL \d+: 1 revoked/);
});

const waitForIt = 'until grep -q "station ready" log; do kill -0 $station; sleep 0.1; done';
