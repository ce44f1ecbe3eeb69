import type { BootState } from '../../boot-control.ts';
import type { BodyCommand, BodyEvent, BodySnapshot, CommandRecord } from '../../robot-body.ts';
import type { SystemInfo } from '../../system.ts';
import type { MapDocument } from './map-codec.ts';

/** The agent's requests to the board: one word and one flat object each, the same in-process and on the socket. */
export interface BoardCalls {
  'body.snapshot': (params: object) => BodySnapshot;
  'body.events': (params: { after: number }) => readonly BodyEvent[];
  'body.command': (params: BodyCommand) => CommandRecord;
  'body.configure': (params: { settings: object }) => { refused: Record<string, string> };
  'body.map': (params: { missionId: string }) => MapDocument;
  'boot.state': (params: object) => BootState;
  'boot.arm': (params: { slot: string; attempts: number }) => null;
  'boot.confirm': (params: { slot: string }) => null;
  /** Makes the slot `empty` and returns the path for the image. */
  'slot.begin': (params: { slot: string; length: number }) => { path: string };
  /** Reads the image back; the slot is `complete` when length and hash match. */
  'slot.complete': (params: { slot: string; length: number; sha256: string }) => null;
  'system.info': (params: object) => SystemInfo;
  'system.reboot': (params: { reason: string }) => null;
  'system.setClock': (params: { wallMs: number }) => null;
  'system.setClockBack': (params: { wallMs: number }) => null;
  'system.kick': (params: object) => null;
}

export type BoardCall = <K extends keyof BoardCalls>(
  op: K,
  params: Parameters<BoardCalls[K]>[0],
  signal: AbortSignal,
) => Promise<ReturnType<BoardCalls[K]>>;

/** The board's side of a connection: handles a request that is not validated yet. Rejects with a coded error. */
export type Handle = (op: string, params: unknown) => Promise<unknown>;
