import { copyFile, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AgentLog } from '../../../hal/sim/board/agent-log.ts';
import { startAgentProcess } from '../../../hal/sim/board/agent-process.ts';
import { boardFolder } from '../../support/board-folder.ts';
import { crashingAgent, deafAgent, reportingAgent } from '../../support/board-images.ts';
import { isAlive, waitFor } from '../../support/board-wait.ts';

/** Starts an image as the board does, in a folder where JavaScript files would be modules. */
async function startImage(folder: string, image: Uint8Array | string, args: string[] = []) {
  const path = join(folder, 'slots/a/image');
  await mkdir(dirname(path), { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  if (typeof image === 'string') await copyFile(image, path);
  else await writeFile(path, image, { mode: 0o755 });
  let output = '';
  const agent = startAgentProcess({
    image: path,
    args,
    env: { PATH: process.env['PATH'], PILOTFISH_BOARD: '/tmp/board.sock' },
    sendSignal: (pid, signal) => process.kill(pid, signal),
    onOutput: (chunk) => {
      output += chunk;
    },
  });
  return { agent, output: () => output };
}

const politeAgent = new TextEncoder().encode(
  `process.on('SIGTERM', () => process.exit(3)); setInterval(() => {}, 1000); console.log('ready');`,
);

describe('an agent process', () => {
  it("runs a JavaScript bundle as CommonJS with its arguments and the board's socket", async () => {
    await using folder = await boardFolder();
    const file = join(folder.path, 'report');
    const { agent } = await startImage(folder.path, reportingAgent('x', file), [
      'run',
      '--config',
      'c',
    ]);
    const report = await waitFor('the report', async () => {
      const text = await readFile(file, 'utf8').catch(() => '');
      return text !== '' && JSON.parse(text);
    });
    expect(report).toEqual({
      args: ['run', '--config', 'c'],
      board: '/tmp/board.sock',
      pid: agent.pid,
    });
    agent.kill('force');
    expect(await agent.exited).toBe('killed by SIGKILL');
  });

  it('runs an executable directly', async () => {
    await using folder = await boardFolder();
    const { agent, output } = await startImage(folder.path, '/bin/echo', ['run', 'it']);
    expect(await agent.exited).toBe('exit code 0');
    await waitFor('its words', () => output().includes('run it'));
  });

  it('reports how it ended, and keeps its output', async () => {
    await using folder = await boardFolder();
    const { agent, output } = await startImage(folder.path, crashingAgent('x', 7));
    expect(await agent.exited).toBe('exit code 7');
    await waitFor('its words', () => output().includes('I give up'));
  });

  it('ends when it is stopped, or is killed', async () => {
    await using folder = await boardFolder();
    const polite = await startImage(folder.path, politeAgent);
    await waitFor('its words', () => polite.output().includes('ready'));
    polite.agent.kill('terminate');
    expect(await polite.agent.exited).toBe('exit code 3');
    const deaf = await startImage(folder.path, deafAgent('x'));
    deaf.agent.kill('force');
    expect(await deaf.agent.exited).toBe('killed by SIGKILL');
    deaf.agent.kill('force');
  });

  it('ends together with its children', async () => {
    await using folder = await boardFolder();
    const file = join(folder.path, 'child');
    const image = new TextEncoder().encode(
      `const { spawn } = require('node:child_process');
       const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
       require('node:fs').writeFileSync(${JSON.stringify(file)}, child.pid + '\\n');
       setInterval(() => {}, 1000);`,
    );
    const { agent } = await startImage(folder.path, image);
    // A file exists before its content; process 0 would never end.
    const whole = (text: string) => text.endsWith('\n') && text;
    const read = () => readFile(file, 'utf8').then(whole, () => false as const);
    const child = Number(await waitFor('the child', read));
    expect(isAlive(child)).toBe(true);
    agent.kill('force');
    await agent.exited;
    await waitFor('the end of the child', () => !isAlive(child));
  });

  it('rejects with a readable error when the image is no program', async () => {
    await using folder = await boardFolder();
    const elf = await startImage(folder.path, new TextEncoder().encode('\x7fELF and no more'));
    expect(await elf.agent.exited).toMatch(/cannot be started|exit code|killed/);
    const script = await startImage(folder.path, new TextEncoder().encode('this is no JavaScript'));
    expect(await script.agent.exited).toBe('exit code 1');
  });
});

describe('the agent log', () => {
  it('never uses more than twice its limit', async () => {
    await using folder = await boardFolder();
    const path = join(folder.path, 'agent.log');
    using log = new AgentLog(path, 100);
    for (let n = 0; n < 50; n++) log.write(Buffer.from(`line ${n}\n`));
    const [now, before] = [await readFile(path, 'utf8'), await readFile(`${path}.1`, 'utf8')];
    expect(now.length).toBeLessThanOrEqual(100);
    expect(before.length).toBeLessThanOrEqual(100);
    expect(before + now).toMatch(/line 48\nline 49\n$/);
  });

  it('appends to the log of the previous board', async () => {
    await using folder = await boardFolder();
    const path = join(folder.path, 'agent.log');
    for (const text of ['one\n', 'two\n']) {
      using log = new AgentLog(path, 100);
      log.write(Buffer.from(text));
    }
    expect(await readFile(path, 'utf8')).toBe('one\ntwo\n');
  });

  it('loses text while its folder is missing, and records how much when it is back', async () => {
    await using folder = await boardFolder();
    const path = join(folder.path, 'logs', 'agent.log');
    using log = new AgentLog(path, 100);
    log.write(Buffer.from('lost\n'));
    await mkdir(join(folder.path, 'logs'));
    log.write(Buffer.from('kept\n'));
    expect(await readFile(path, 'utf8')).toBe('\n[5 bytes lost: ENOENT]\nkept\n');
  });

  it('does not write to another file when the full one cannot be moved', async () => {
    await using folder = await boardFolder();
    const path = join(folder.path, 'agent.log');
    using log = new AgentLog(path, 20);
    await mkdir(`${path}.1`);
    log.write(Buffer.from('twelve bytes'));
    log.write(Buffer.from('and twelve..'));
    // The system gives the number of a closed file to the next that is opened.
    const other = join(folder.path, 'other');
    await using file = await open(other, 'w');
    for (let n = 0; n < 3; n++) log.write(Buffer.from('and twelve..'));
    await file.sync();
    expect(await readFile(other, 'utf8')).toBe('');
    expect(await readFile(path, 'utf8')).toBe('twelve bytes');
  });
});
