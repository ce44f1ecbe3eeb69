import { lstatSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf, explain, PilotfishError } from '../../base/errors.ts';
import { makeFolder } from '../../base/files.ts';
import type { RequestHandler } from '../../protocol/requests.ts';
import type { Json } from '../kernel/machine.ts';
import type { Journal } from '../kernel/ports.ts';
import { callLocalApi, type LocalApi, openLocalApi } from './local.ts';

/**
 * The runtime folder: the local socket and other files of this boot only. When it cannot be created (a read-only or
 * full medium), a folder of the same user in the folder for temporary files is used, which clients try next. Without
 * both there is no local socket, and the robot runs without.
 */
export interface LocalApiPlace extends AsyncDisposable {
  /** The folder in use. */
  readonly folder: string;
}

const localApiIn = (folder: string): string => join(folder, 'agent.sock');

/** Throws `already-running`, `config-path`: those are not faults of the medium. */
export async function openLocalApiAnywhere(
  { folder, robot }: { readonly folder: string; readonly robot: string },
  request: RequestHandler,
  journal: Pick<Journal, 'count' | 'note'>,
): Promise<LocalApiPlace> {
  const openIn = async (place: string, make: () => Promise<void>): Promise<LocalApiPlace> => {
    await make();
    const localApi: LocalApi = await openLocalApi(localApiIn(place), request);
    return { folder: place, [Symbol.asyncDispose]: () => localApi[Symbol.asyncDispose]() };
  };
  const failed = (code: 'runtime-dir' | 'no-local-api', text: string) => (error: unknown) => {
    if (['already-running', 'config-path'].includes(codeOf(error))) throw error;
    journal.count(code);
    journal.note('warn', text, { code, folder, detail: explain(error) });
    return undefined;
  };
  const spare = spareFolder(robot);
  return (
    (await openIn(folder, () => makeFolder(folder, 0o700)).catch(
      failed('runtime-dir', 'the runtime folder cannot be used: another one is taken'),
    )) ??
    (await openIn(spare, () => makeSpare(spare)).catch(
      failed('no-local-api', 'there is no local socket: pilotfish status cannot reach this agent'),
    )) ?? { folder, [Symbol.asyncDispose]: async () => {} }
  );
}

/** Sends a request to the agent in either place. Throws as `callLocalApi` does, for the first place. */
export async function callLocalApiAnywhere(
  { folder, robot }: { readonly folder: string; readonly robot: string },
  method: string,
  params?: Readonly<Record<string, unknown>>,
): Promise<Json> {
  try {
    return await callLocalApi(localApiIn(folder), method, params);
  } catch (error) {
    const spare = spareFolder(robot);
    if (codeOf(error) !== 'not-running' || !isOurs(spare)) throw error;
    return callLocalApi(localApiIn(spare), method, params).catch(() => {
      throw error;
    });
  }
}

const spareFolder = (robot: string): string =>
  join(tmpdir(), `pilotfish-${process.getuid?.() ?? 0}-${robot}`);

/** Everybody may write to the folder for temporary files: the folder under this name must be ours alone. */
async function makeSpare(folder: string): Promise<void> {
  await makeFolder(folder, 0o700);
  if (isOurs(folder)) return;
  throw new PilotfishError('runtime-dir', `${folder} belongs to somebody else`, {
    hint: 'set runtimeDir to a folder of this user',
  });
}

function isOurs(folder: string): boolean {
  try {
    const { uid, mode } = lstatSync(folder);
    return uid === process.getuid?.() && (mode & 0o170077) === 0o040000;
  } catch {
    return false;
  }
}
