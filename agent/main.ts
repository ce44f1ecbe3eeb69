#!/usr/bin/env node
import { join } from 'node:path';
import { runProcess } from '../base/cli.ts';
import { systemClock } from '../base/clock.ts';
import { explain, PilotfishError } from '../base/errors.ts';
import { makeFolder, nodeFiles } from '../base/files.ts';
import { createLogger, type Log } from '../base/log.ts';
import { endSurely } from '../base/stdio.ts';
import { nodeTransientFiles } from '../base/transient-files.ts';
import { fileKeys } from '../hal/linux/file-key.ts';
import { enginesFolder, tokenEnvironment } from '../hal/linux/token-environment.ts';
import { tokenKeys } from '../hal/linux/token-key.ts';
import { readTokenUri } from '../hal/linux/token-uri.ts';
import { connectBoard } from '../hal/sim/client.ts';
import { requestCodes } from '../protocol/requests.ts';
import { boardEvidence, createAgent } from './agent.ts';
import { startingRequests } from './api/starting.ts';
import { storageReport, storageWord } from './api/storage.ts';
import { guardBoard } from './board/guard.ts';
import { commands } from './cli/commands.ts';
import type { Settings } from './cli/options.ts';
import { agentConfig } from './config.ts';
import { readCa } from './io/ca.ts';
import { createTime, systemEntropy } from './io/clock.ts';
import { createClockOwner } from './io/clock-owner.ts';
import { openRunsFile } from './io/crashes.ts';
import type { Keys } from './io/credential-files.ts';
import { createFirmware, readFirmwareKeys } from './io/firmware.ts';
import { createHttp } from './io/http.ts';
import { createIdentity } from './io/identity.ts';
import { readIssuers } from './io/issuers.ts';
import { createJournal } from './io/journal.ts';
import { callLocalApiAnywhere, openLocalApiAnywhere } from './io/local-api-place.ts';
import { createMaps } from './io/maps.ts';
import { createLink } from './io/mqtt.ts';
import { encodeMap } from './io/png.ts';
import { startStore } from './io/reduced-store.ts';
import { createRuntime } from './io/runtime.ts';
import { callStation } from './io/station.ts';
import { alpnOf } from './io/tls-socket.ts';
import { topicFilters } from './link/inbound.ts';
import { type Host, noHost } from './supervise/host.ts';
import { type AgentRun, beginRun } from './supervise/run.ts';
import { builtMs, securityCounter, version } from './version.ts';

/** The composition root: the only place that names concrete adapters and boards. */

/**
 * Where this robot's keys are. INVARIANT: OpenSSL reads the location of a token from the environment of the process, so
 * it is set here, before the first use of TLS.
 */
async function keysOf(settings: Settings): Promise<Keys> {
  const { deviceKey: uri, pkcs11Module: module, opensslEngines, pkcs11Socket } = settings;
  if (uri === 'file') return fileKeys(settings.keyKind);
  checkUri(uri);
  const socket = pkcs11Socket === '' ? undefined : pkcs11Socket;
  // A missing one is reported when the key is opened: an agent without its key shows that, and keeps running.
  const enginesDir = opensslEngines === '' ? await enginesFolder().catch(() => '') : opensslEngines;
  const options = { uri, module, socket, enginesDir: enginesDir === '' ? undefined : enginesDir };
  const env = { ...process.env };
  if (enginesDir !== '') {
    Object.assign(process.env, tokenEnvironment({ module, socket, enginesDir }));
  }
  return tokenKeys({ ...options, env, clock: systemClock });
}

/** Throws `config-invalid`: an unreadable value will not become readable later. */
function checkUri(uri: string): void {
  try {
    readTokenUri(uri);
  } catch (error) {
    const hint = error instanceof PilotfishError ? error.hint : undefined;
    const message = `deviceKey: ${explain(error)}`;
    throw new PilotfishError('config-invalid', message, { ...(hint !== undefined && { hint }) });
  }
}

/** A token's one key serves the first request; the running agent must not take it for a new one. */
const forbidKeyCreation = (settings: Settings, keys: Keys): Keys =>
  settings.deviceKey === 'file'
    ? keys
    : {
        ...keys,
        create: () =>
          Promise.reject(new PilotfishError('key-rotation', requestCodes['key-rotation'])),
      };

const createRobotIdentity = (settings: Settings, keys: Keys) =>
  createIdentity({
    ...{
      files: nodeFiles,
      folder: join(settings.dataDir, 'identity'),
      robot: settings.robot,
      keys,
    },
    configured: () => readIssuers(settings.renewalIssuers),
  });
const localApiOf = ({ robot, dataDir, runtimeDir }: Settings) => ({
  robot,
  folder: runtimeDir || join(dataDir, 'run'),
});

/**
 * Runs until it is stopped, until the board is gone, or until safe mode is over; then the supervisor decides. From then
 * on it ends within two seconds, even if something does not close; its log names that.
 */
async function run(settings: Settings, signal: AbortSignal): Promise<number> {
  const log = createLogger({ name: 'pilotfish', fields: { robotId: settings.robot, version } });
  const open = new AsyncDisposableStack();
  process.exitCode = 1;
  try {
    const code = await runUntilEnd(open, log, settings, signal);
    process.exitCode = code;
    return code;
  } finally {
    endSurely('pilotfish', (held) =>
      log.warn({ code: 'still-open', held }, 'agent ended, although something was still open'),
    );
    await open.disposeAsync();
  }
}

async function runUntilEnd(
  open: AsyncDisposableStack,
  log: Log,
  settings: Settings,
  signal: AbortSignal,
): Promise<number> {
  const { dataDir } = settings;
  const ca = await readCa(settings.cloudCa);
  const keys = await keysOf(settings);
  const { problem } = await readIssuers(settings.renewalIssuers);
  // Read at each renewal: a file that is added later counts, and a missing one does not keep the robot offline.
  if (problem !== undefined) log.warn({ problem }, 'renewalIssuers names no CA');
  const time = createTime(systemClock);
  const journal = createJournal(log);
  await makeFolder(join(dataDir, 'identity'), 0o700).catch((error: unknown) => {
    journal.count('identity-folder');
    const about = { code: 'identity-folder', detail: explain(error) };
    journal.note('warn', 'the identity folder cannot be made', about);
  });
  let run: AgentRun | undefined;
  let stored: ReturnType<typeof startStore> | undefined;
  const host: Host = {
    report() {
      const { wallMs } = time.now();
      const safeMode = run?.safeMode(wallMs);
      const trouble = stored?.trouble;
      const storage = trouble && storageReport(trouble, { nowMs: systemClock.monoMs(), wallMs });
      return { ...(safeMode && { safeMode }), ...(storage && { storage }) };
    },
    exitSafeMode: () => (run ?? noHost).exitSafeMode(),
  };
  let request = startingRequests(host);
  const place = localApiOf(settings);
  const localApi = open.use(
    await openLocalApiAnywhere(place, (...args) => request(...args), journal),
  );
  if (settings.board === '') {
    throw new PilotfishError('config-invalid', 'board: no board to run on', {
      hint: 'sim-board starts the agent itself; PILOTFISH_BOARD names the socket of another board',
    });
  }
  const board = open.use(await connectBoard(settings.board, signal));
  const path = join(dataDir, 'store.db');
  const store = open.use(startStore({ path, clock: systemClock, journal }));
  stored = store;
  const runtime = createRuntime(localApi.folder, nodeTransientFiles);
  const http = createHttp({ caFile: settings.cloudCa });
  const identity = createRobotIdentity(settings, forbidKeyCreation(settings, keys));
  const link = createLink({
    host: settings.cloudHost,
    port: settings.cloudPort,
    alpn: alpnOf(settings.cloudPort),
    clientId: settings.robot,
    keepAliveS: settings.keepAliveS,
    connectMs: settings.connectTimeoutS * 1000,
    lastWill: settings.lastWill,
    subscriptions: topicFilters(settings.robot, settings),
    clock: systemClock,
    credentials: async (credentials) => ({ ca, ...(await identity.credentials(credentials)) }),
  });
  const floorsFolder = join(dataDir, 'floors');
  const firmware = await createFirmware({
    keys: await readFirmwareKeys(settings.firmwareKeys),
    floorsFolder,
    ownCounter: securityCounter,
    files: nodeFiles,
    http,
  });
  const ports = {
    time,
    entropy: systemEntropy,
    store,
    runtime,
    link,
    identity,
    maps: createMaps({
      ...{ folder: join(dataDir, 'maps'), files: nodeFiles, http, encode: encodeMap },
    }),
    firmware,
    clockOwner: createClockOwner(floorsFolder, nodeFiles),
    board,
    journal,
  };
  const evidence = await boardEvidence(guardBoard(board, { time, journal }), signal);
  const file = openRunsFile(join(localApi.folder, 'crashes.json'), nodeTransientFiles, journal);
  const parts = { file, board: evidence, clock: systemClock, log };
  const begun = open.use(beginRun(parts));
  run = begun;
  process.on('uncaughtExceptionMonitor', begun.crashed);
  const safeMode = begun.safeMode(time.now().wallMs);
  if (safeMode) log.warn({ ...safeMode }, 'safe mode');
  const build = { version, builtMs };
  const starts = createAgent(ports, agentConfig(settings), build, {
    ...{ mode: begun.mode, host },
  });
  starts.catch(begun.failed);
  const agent = open.use(await starts);
  request = agent.request;
  const reportStorage = () =>
    agent.deliver({ type: 'storage/changed', storage: storageWord(store.trouble) });
  if (store.trouble !== undefined) reportStorage();
  store.onChanged(reportStorage);
  begun.ready();
  log.info({ slot: evidence.boot?.booted }, 'agent started');
  agent.failed.catch(begun.crashed);
  const ends = { signal, boardGone: board.closed, over: begun.over, storeBack: store.restart };
  const ended = await Promise.race([waitForEnd(ends), agent.failed]);
  if (ended === 'stopped') runtime.endBackoff();
  begun.ended(ended === 'store-back' ? 'stopped' : ended);
  log.info({ code: ended }, 'agent stopped');
  return exitCodes[ended];
}

/** The supervisor restarts the agent at once after any end but `stopped`. */
const exitCodes = { stopped: 0, 'board-gone': 1, 'safe-mode-over': 3, 'store-back': 3 } as const;

function waitForEnd(ends: {
  signal: AbortSignal;
  boardGone: Promise<unknown>;
  over: Promise<void>;
  storeBack: Promise<void>;
}): Promise<keyof typeof exitCodes> {
  return new Promise((resolve) => {
    const { signal } = ends;
    if (signal.aborted) resolve('stopped');
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
    void ends.boardGone.then(() => resolve('board-gone'));
    void ends.over.then(() => resolve('safe-mode-over'));
    void ends.storeBack.then(() => resolve('store-back'));
  });
}

void runProcess({
  name: 'pilotfish',
  version,
  summary: 'the agent that ties a robot to its cloud',
  commands: commands({
    env: process.env,
    clock: systemClock,
    identity: async (settings) => createRobotIdentity(settings, await keysOf(settings)),
    callStation,
    run,
    call: (settings, method, params) => callLocalApiAnywhere(localApiOf(settings), method, params),
  }),
});
