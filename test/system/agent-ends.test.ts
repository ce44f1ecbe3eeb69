import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { callLocalApi } from '../../agent/io/local.ts';
import { silentLog } from '../../base/log.ts';
import { serveLines } from '../../hal/sim/wire/server.ts';
import { modelBoard } from '../support/board-model.ts';
import { mintCa } from '../support/cloud-pki.ts';
import { until } from '../support/cloud-until.ts';
import { folders } from '../support/pki-folder.ts';

const folder = folders();
const main = fileURLToPath(new URL('../../agent/main.ts', import.meta.url));
const holding = new URL('../support/hold-sockets.ts', import.meta.url).href;

/** An agent's process on a board that is not its supervisor. `isHeld`: its connection to the board never closes. */
async function start({ isHeld }: { isHeld: boolean }) {
  const dir = await folder();
  const model = await modelBoard();
  const socket = join(dir, 'board.sock');
  const { handle, onChanged } = model.board;
  const board = new AsyncDisposableStack();
  board.use(model);
  board.use(await serveLines({ path: socket, handle, onChanged, log: silentLog }));
  const config = join(dir, 'robot.json');
  const ca = join(dir, 'ca.pem');
  await writeFile(ca, (await mintCa()).certificatePem);
  const cloud = { cloudHost: 'localhost', cloudPort: 1, cloudCa: ca };
  await writeFile(config, JSON.stringify({ robot: 'R1', dataDir: 'robot', ...cloud }));
  const preload = isHeld ? ['--import', holding] : [];
  const child = spawn(process.execPath, [...preload, main, 'run', '--config', config], {
    env: { ...process.env, PILOTFISH_BOARD: socket, HOLD_SOCKET: socket },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = text(child.stderr);
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const localApi = join(dir, 'robot', 'run', 'agent.sock');
  const isUp = async () =>
    Object.hasOwn((await callLocalApi(localApi, 'status')) as object, 'link');
  await until(() => isUp().catch(() => false), 30_000);
  return {
    board,
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      return { code, said: await said };
    },
    ended: async () => ({ code: (await ended)[0], said: await said }),
  };
}

describe('an agent whose connection to the board does not close', () => {
  it('exits with code 0 when it is stopped, and logs what is still open', async () => {
    const agent = await start({ isHeld: true });
    const { code, said } = await agent.stop();
    await agent.board.disposeAsync();
    expect(said).toContain('agent stopped');
    expect(said).toMatch(/"code":"still-open","held":\[[^\]]*"PipeWrap"/);
    expect(code).toBe(0);
  });
});

describe('an agent that holds nothing open', () => {
  it('exits without logging an open handle', async () => {
    const agent = await start({ isHeld: false });
    const { code, said } = await agent.stop();
    await agent.board.disposeAsync();
    expect(said).not.toContain('still-open');
    expect(code).toBe(0);
  });

  it('exits with code 1 when its board closes the connection', async () => {
    const agent = await start({ isHeld: false });
    await agent.board.disposeAsync();
    const { code, said } = await agent.ended();
    expect(said).not.toContain('still-open');
    expect(code).toBe(1);
  });
});
