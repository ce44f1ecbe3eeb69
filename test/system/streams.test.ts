import { ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLog } from '../../base/log.ts';
import type { Ready } from '../../cloud-stub/running.ts';
import { flashSlot } from '../../hal/sim/flash.ts';
import { buildAgentBundle } from '../../tools/firmware/bundle.ts';
import { pilotfish, startRobotLine } from '../support/agent-process.ts';
import { runSimBoard } from '../support/board-process.ts';
import { runProgram } from '../support/child.ts';
import { mintCa } from '../support/cloud-pki.ts';

const project = join(import.meta.dirname, '..', '..');
const main = (path: string) => `'${process.execPath}' '${join(project, path)}'`;

/** Every command line of ours, with arguments that it answers at once. */
const programs: Readonly<Record<string, string>> = {
  pilotfish: `${main('agent/main.ts')} --help`,
  factory: `${main('factory/main.ts')} --help`,
  'cloud-stub': `${main('cloud-stub/main.ts')} --help`,
  'sim-board': `${main('hal/sim/main.ts')} run --help`,
  firmware: `${main('tools/firmware/main.ts')} --help`,
  package: `${main('tools/package/main.ts')} --help`,
  bench: `${main('tools/bench/main.ts')} --help`,
  'npm start': `${main('tools/demo/main.ts')} --help`,
  'npm run simulate': `${main('test/simulation/main.ts')} --help`,
};

/** Runs a line of bash, and returns its exit code and its output. */
async function bash(script: string): Promise<{ code: number; out: string; err: string }> {
  const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { code, out, err };
}

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pilotfish-streams-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe.each(Object.entries(programs))('%s', (_name, line) => {
  it('ends quietly when nobody reads its output', async () => {
    // A pipe that has been closed before the first byte is written.
    const child = spawn('bash', ['-c', `exec ${line}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [err, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
    expect({ code, err }).toEqual({ code: 141, err: '' });
  });

  it('reports in one line with a code that its output is lost on a full disk', async () => {
    const { code, err } = await bash(`${line} > /dev/full`);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^[a-z -]+: standard output cannot be written \(ENOSPC\).*\(output-lost\)\n {2}.*\n$/,
    );
  });

  it('works without any standard stream', async () => {
    const { code } = await bash(`${line} <&- >&- 2>&-`);
    expect(code).toBe(0);
  });

  it('ends with its own exit code when its errors cannot be written', async () => {
    const { code, out } = await bash(`${line.replace('--help', '--no-such-option')} 2> /dev/full`);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });
});

/** A program that logs `lines` lines of 200 bytes, with the memory that it then used. */
const logging = (lines: number) => `
  import { createLogger } from './base/log.ts';
  const log = createLogger({ name: 'agent' });
  const before = process.memoryUsage().rss;
  for (let n = 0; n < ${lines}; n++) log.info({ n, text: '${'x'.repeat(100)}' }, 'a line');
  await new Promise((resolve) => setTimeout(resolve, 10));
  process.stdout.write(JSON.stringify({ grownMB: (process.memoryUsage().rss - before) / 1e6 }));`;

/** The files below `folder` that another user could read. Certificates and images are public. */
async function openToOthers(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = found.map(({ parentPath, name }) => join(parentPath, name));
  const own = /\/(?:robot\.json|robots-ca\.crt|factory-image)$/;
  const isPublic = (path: string) => /\.crt$|\/slots?[-/]/.test(path) || own.test(path);
  const modes = await Promise.all(
    paths.map(async (path) => ({ path, stat: await lstat(path).catch(() => undefined) })),
  );
  return modes
    .filter(({ stat }) => stat?.isFile() || stat?.isDirectory())
    .filter(({ path, stat }) => ((stat?.mode ?? 0) & 0o077) !== 0 && !isPublic(path))
    .map(({ path, stat }) => `${path} ${((stat?.mode ?? 0) & 0o777).toString(8)}`);
}

describe('a log', () => {
  it('neither blocks nor grows when the reader of its pipe stalls', async () => {
    const pipe = join(dir, 'stalled');
    const source = join(project, `.streams-${process.pid}.ts`);
    await writeFile(source, logging(200_000));
    try {
      const { code, out } = await bash(
        `mkfifo '${pipe}' && exec 9<> '${pipe}' && '${process.execPath}' '${source}' 2> '${pipe}'`,
      );
      expect(code).toBe(0);
      expect((JSON.parse(out) as { grownMB: number }).grownMB).toBeLessThan(60);
    } finally {
      await rm(source);
    }
  });

  it('reports the number of lost lines to a reader that resumes', async () => {
    const { err, code } = await runProgram({
      source: `
        import { createLogger } from './base/log.ts';
        const log = createLogger({ name: 'agent' });
        for (let n = 0; n < 20_000; n++) log.info({ n }, 'a line of some length, to fill the pipe');
        log.info({}, 'the last');`,
    });
    expect(code).toBe(0);
    const lines = err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string; lost?: number });
    const lost = lines.reduce((sum, line) => sum + (line.lost ?? 0), 0);
    const reports = lines.filter(({ msg }) => msg === 'log lines lost').length;
    expect(lines.length - reports + lost).toBe(20_001);
  });
});

describe('a robot whose log has no room', () => {
  it('runs and connects, and its board starts it once', async () => {
    await using line = await startRobotLine(join(dir, 'line'));
    expect((await pilotfish(line.station)).code).toBe(0);
    const agent = join(dir, 'agent.cjs');
    await buildAgentBundle({ version: '1.0.0', out: agent });
    const image = join(dir, 'image.cjs');
    await writeFile(
      image,
      `const log = require('node:fs').openSync('/dev/full', 'w');
       const stdio = ['ignore', 'inherit', log];
       const args = [${JSON.stringify(agent)}, ...process.argv.slice(2)];
       const child = require('node:child_process').spawn(process.execPath, args, { stdio });
       process.on('SIGTERM', () => {});
       child.on('exit', (code) => process.exit(code ?? 1));`,
    );
    const board = join(dir, 'board');
    await flashSlot({ dir: board, image, slot: 'a' }, silentLog);
    await using running = await runSimBoard(board, '--agent-config', line.config);
    const status = await line.status(({ connection }) => connection.state === 'up');
    expect(status).not.toHaveProperty('safeMode');
    expect(running.stderr()).not.toMatch(/has ended|exit code/);
    const folders = [join(dir, 'line'), line.cloud.folder, board];
    expect((await Promise.all(folders.map(openToOthers))).flat()).toEqual([]);
  });
});

describe('a cloud whose log has no room', () => {
  it('serves its robots', async () => {
    const [folder, ca] = [join(dir, 'cloud'), join(dir, 'ca.crt')];
    await writeFile(ca, (await mintCa()).certificatePem);
    const args = ['serve', '--dir', folder, '--ca', ca];
    const log = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [join(project, 'cloud-stub/main.ts'), ...args], {
      stdio: ['ignore', 'pipe', log],
    });
    closeSync(log);
    ok(child.stdout);
    try {
      const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
      const ready = JSON.parse(line) as Ready;
      for (const port of [ready.mqtt.port, Number(new URL(ready.https.url).port)]) {
        const socket = connect(port, '127.0.0.1');
        socket.on('error', () => {});
        socket.end('this is no TLS\n\n');
        await once(socket, 'close');
      }
      expect(
        await bash(`${main('cloud-stub/main.ts')} certificates --dir '${folder}'`),
      ).toMatchObject({
        code: 0,
        err: '',
      });
      expect(child.exitCode).toBeNull();
    } finally {
      child.kill();
      await once(child, 'close');
    }
  });

  it('exits with a line and a code when it cannot print its ready line', async () => {
    const [folder, ca] = [join(dir, 'unheard'), join(dir, 'ca.crt')];
    const { code, err } = await bash(
      `${main('cloud-stub/main.ts')} serve --dir '${folder}' --ca '${ca}' > /dev/full`,
    );
    expect(code).toBe(1);
    expect(err).toContain('(output-lost)');
    expect(err).not.toMatch(/^ +at /m);
  });
});

describe('an output path', () => {
  it('that is a device is not replaced', async () => {
    const [device, link] = [join(dir, 'null'), join(dir, 'null.json')];
    await bash(`mknod '${device}' c 1 3 && ln -s null '${link}'`);
    const keys = join(dir, 'keys');
    expect(await bash(`${main('tools/firmware/main.ts')} keygen --dir '${keys}'`)).toMatchObject({
      code: 0,
    });
    for (const out of [device, link]) {
      const args = `--image '${keys}/firmware.pub' --key '${keys}/firmware.key' --out '${out}'`;
      const what = '--hardware-id board-1 --version 1.0.0';
      const ran = await bash(`${main('tools/firmware/main.ts')} sign ${args} ${what}`);
      expect(ran).toMatchObject({ code: 1, out: '' });
      expect(ran.err).toContain(`--out ${out} is a device, expected a file`);
    }
    expect((await lstat(device)).isCharacterDevice()).toBe(true);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
  });
});
