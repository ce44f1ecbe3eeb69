import { spawn } from 'node:child_process';
import { closeSync, linkSync, openSync, readSync, rmSync, statSync } from 'node:fs';
import type { Agent } from './power.ts';

export type SendSignal = (pid: number, signal: NodeJS.Signals) => void;

export interface AgentStart {
  /** The slot's image: an executable (ELF), or else a bundle of JavaScript. */
  readonly image: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Sends a signal to a process, or to a group when `pid` is negative; throws when there is none. */
  readonly sendSignal: SendSignal;
  /** Receives the agent's standard output and standard error. */
  readonly onOutput: (chunk: Buffer) => void;
}

/**
 * Starts the agent in a slot as a process group of its own, so that none of its processes survives its end. Throws when
 * the image cannot be read.
 */
export function startAgentProcess(agent: AgentStart): Agent {
  const { image, args, env, sendSignal, onOutput } = agent;
  const isElf = beginsWithElfMagic(image);
  const child = spawn(
    isElf ? image : process.execPath,
    isElf ? args : [commonJsName(image), ...args],
    { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  child.stdout.on('data', onOutput);
  child.stderr.on('data', onOutput);
  const kill = (signal: NodeJS.Signals) => {
    if (child.pid === undefined) return;
    try {
      sendSignal(-child.pid, signal);
    } catch {
      // It has ended already.
    }
  };
  return {
    pid: child.pid,
    kill: (how) => kill(how === 'terminate' ? 'SIGTERM' : 'SIGKILL'),
    exited: new Promise((resolve) => {
      child.once('error', (error) => resolve(`cannot be started: ${error.message}`));
      child.once('exit', (code, signal) => {
        kill('SIGKILL');
        resolve(signal === null ? `exit code ${code}` : `killed by ${signal}`);
      });
    }),
  };
}

function beginsWithElfMagic(path: string): boolean {
  const magic = Buffer.alloc(4);
  const file = openSync(path, 'r');
  try {
    readSync(file, magic, 0, 4, 0);
  } finally {
    closeSync(file);
  }
  return magic.equals(Buffer.from('\x7fELF', 'latin1'));
}

/** Node derives a bundle's module kind from its name, so it gets a second name, made once, beside the slot's own. */
function commonJsName(image: string): string {
  const name = `${image}.cjs`;
  if (statSync(name, { throwIfNoEntry: false })?.ino === statSync(image).ino) return name;
  rmSync(name, { recursive: true, force: true });
  linkSync(image, name);
  return name;
}
