import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Ended } from './child.ts';

export const project = join(import.meta.dirname, '..', '..');

/** Starts a command with this environment and no other. */
export function startAlone(
  command: string,
  args: readonly string[] = [],
  { env = {}, cwd = project }: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): ChildProcess {
  return spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** The same, to its end. */
export async function runAlone(...args: Parameters<typeof startAlone>): Promise<Ended> {
  const child = startAlone(...args);
  const [out, err, [code, signal]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>,
  ]);
  return { code, signal, out, err };
}

/** A PATH where `node` reports `version`, and is otherwise this Node when it `works`. */
export async function pathWithNode(
  folder: string,
  { version, works = false }: { version: string; works?: boolean },
): Promise<string> {
  const bin = join(folder, `bin ${version}`);
  await mkdir(bin);
  const rest = works ? `exec '${process.execPath}' "$@"` : 'exit 99';
  const source = `#!/bin/sh\ncase $1 in --version) echo ${version} ;; *) ${rest} ;; esac\n`;
  await writeFile(join(bin, 'node'), source, { mode: 0o755 });
  return bin;
}

/** A checkout as on a machine for which no runtime is pinned. Answers its `pilotfish`. */
export async function pilotfishWithoutRuntime(folder: string): Promise<string> {
  const bare = join(folder, 'bare checkout');
  await cp(join(project, 'launchers'), join(bare, 'launchers'), { recursive: true });
  await symlink(join(project, 'agent'), join(bare, 'agent'));
  return join(bare, 'launchers', 'pilotfish');
}
