#!/usr/bin/env node
import { join } from 'node:path';
import { runProcess } from '../base/cli.ts';
import { systemClock } from '../base/clock.ts';
import { PilotfishError } from '../base/errors.ts';
import { makeFolder } from '../base/files.ts';
import { createLogger } from '../base/log.ts';
import { fileKeys } from '../hal/linux/file-key.ts';
import { connectBoard } from '../hal/sim/client.ts';
import { createAgent } from './agent.ts';
import { commands } from './cli.ts';
import { agentConfig, type Settings } from './config.ts';
import { readCa } from './io/ca.ts';
import { createTime, systemEntropy } from './io/clock.ts';
import { createFirmware } from './io/firmware.ts';
import { createHttp } from './io/http.ts';
import { createIdentity } from './io/identity.ts';
import { createJournal } from './io/journal.ts';
import { askDoor, openDoor } from './io/local.ts';
import { createMaps } from './io/maps.ts';
import { createLink } from './io/mqtt.ts';
import { openStore } from './io/store.ts';
import { subscriptions } from './link/inbound.ts';
import type { Json } from './machine.ts';
import { builtMs, securityCounter, version } from './version.ts';

/** The composition root: the only place that names concrete adapters and boards. */

const identityOf = (settings: Settings) =>
  createIdentity(join(settings.dataDir, 'identity'), settings.robot, fileKeys(settings.keyKind));
const doorOf = (settings: Settings) => join(settings.dataDir, 'run', 'door.sock');

/** Runs until asked to stop, or until the board is gone: then its supervisor decides what comes next. */
async function run(settings: Settings, signal: AbortSignal): Promise<number> {
  const log = createLogger({ name: 'pilotfish', fields: { robotId: settings.robot, version } });
  const { dataDir } = settings;
  const ca = await readCa(settings.cloudCa);
  for (const folder of ['identity', 'run']) await makeFolder(join(dataDir, folder), 0o700);
  let status: () => Json | Promise<Json> = () => ({});
  await using _door = await openDoor(doorOf(settings), { status: () => status() });
  if (settings.board === '') {
    throw new PilotfishError('config-invalid', 'board: no board to run on', {
      hint: 'sim-board starts the agent itself; PILOTFISH_BOARD names the socket of another board',
    });
  }
  await using board = await connectBoard(settings.board, signal);
  using store = openStore(join(dataDir, 'store.db'));
  const http = createHttp({ caFile: settings.cloudCa });
  const identity = identityOf(settings);
  const link = createLink({
    host: settings.cloudHost,
    port: settings.cloudPort,
    clientId: settings.robot,
    keepAliveS: settings.keepAliveS,
    connectMs: 30_000,
    subscriptions: subscriptions(settings.robot, settings),
    clock: systemClock,
    credentials: async (pair) => ({ ca, ...(await identity.credentials(pair)) }),
  });
  const firmware = await createFirmware({
    keysFile: settings.firmwareKeys,
    floorsFolder: join(dataDir, 'floors'),
    ownCounter: securityCounter,
    http,
  });
  const ports = {
    time: createTime(systemClock),
    entropy: systemEntropy,
    store,
    link,
    identity,
    maps: createMaps(join(dataDir, 'maps'), http),
    firmware,
    board,
    journal: createJournal(log),
  };
  await using agent = await createAgent(ports, agentConfig(settings), { version, builtMs });
  status = () => agent.report();
  log.info({ slot: (await board.boot.state(signal)).booted }, 'agent started');
  const ended = await untilEnd(board.closed, signal);
  log.info({ code: ended }, 'agent stopped');
  return ended === 'stopped' ? 0 : 1;
}

function untilEnd(
  boardGone: Promise<unknown>,
  signal: AbortSignal,
): Promise<'stopped' | 'board-gone'> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('stopped');
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
    void boardGone.then(() => resolve('board-gone'));
  });
}

void runProcess({
  name: 'pilotfish',
  version,
  summary: 'the agent that ties a robot to its cloud',
  commands: commands({
    env: process.env,
    identity: identityOf,
    run,
    ask: (settings, method) => askDoor(doorOf(settings), method),
  }),
});
