import type { BootControl } from '../boot-control.ts';
import type { Installer } from '../installer.ts';
import type { RobotBody } from '../robot-body.ts';
import type { System } from '../system.ts';
import type { BoardCall } from './board/calls.ts';
import { decodeMap } from './board/map-codec.ts';
import { createInstaller, type OpenSlot, openSlotFile } from './installer.ts';
import { connectLines } from './wire/link.ts';

/** A board's HAL, as the agent uses it. */
export interface BoardHal {
  readonly body: RobotBody;
  readonly boot: BootControl;
  readonly installer: Installer;
  readonly system: System;
}

/** A simulated board's HAL over its socket. */
export interface BoardConnection extends BoardHal, AsyncDisposable {
  /** Resolves when the connection has ended, on either side; then every call rejects with `unavailable`. */
  readonly closed: Promise<void>;
}

/**
 * Connects to a simulated board (`PILOTFISH_BOARD` names its socket to the agent). Rejects with `unavailable` when
 * there is no board, or with the signal's reason. It never reconnects: a lost board means lost power.
 */
export async function connectBoard(path: string, signal: AbortSignal): Promise<BoardConnection> {
  const link = await connectLines(path, signal);
  const hal = boardHal({
    call: link.call as BoardCall,
    onChanged: link.onChanged,
    openSlot: openSlotFile,
  });
  return {
    ...hal,
    closed: link.closed,
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  };
}

/** The HAL contracts over calls to a board, behind a socket or in the same process. */
export function boardHal(board: {
  readonly call: BoardCall;
  readonly onChanged: (listener: () => void) => () => void;
  readonly openSlot: OpenSlot;
}): BoardHal {
  const { call, onChanged, openSlot } = board;
  const done = (work: Promise<null>) => work.then(() => undefined);
  return {
    body: {
      snapshot: (signal) => call('body.snapshot', {}, signal),
      events: (after, signal) => call('body.events', { after }, signal),
      onChanged,
      command: (request, signal) => call('body.command', request, signal),
      configure: (settings, signal) => call('body.configure', { settings }, signal),
      map: async (missionId, signal) => decodeMap(await call('body.map', { missionId }, signal)),
    },
    boot: {
      state: (signal) => call('boot.state', {}, signal),
      arm: (slot, { attempts }, signal) => done(call('boot.arm', { slot, attempts }, signal)),
      confirm: (slot, signal) => done(call('boot.confirm', { slot }, signal)),
    },
    installer: createInstaller(call, openSlot),
    system: {
      info: (signal) => call('system.info', {}, signal),
      reboot: (reason, signal) => done(call('system.reboot', { reason }, signal)),
      setClock: (wallMs, signal) => done(call('system.setClock', { wallMs }, signal)),
      setClockBack: (wallMs, signal) => done(call('system.setClockBack', { wallMs }, signal)),
      kick: (signal) => done(call('system.kick', {}, signal)),
    },
  };
}
