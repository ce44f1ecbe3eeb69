import { join } from 'node:path';
import { PilotfishError } from '../base/errors.ts';
import { readTextIfThere } from '../base/files.ts';

/** What a stub reports when it is ready: on standard output, and in its folder for later commands. */
export interface Ready {
  readonly ready: true;
  readonly mqtt: { readonly host: string; readonly port: number };
  readonly https: { readonly url: string };
  /** Where robots publish and call operations over HTTPS with their certificate; absent with an outside broker. */
  readonly deviceHttps?: { readonly url: string };
  /** Path of the CA certificate that robots and operators trust. */
  readonly serverCa: string;
  /** Path of the CA certificate of renewed robot certificates: an outside broker must trust it, too. */
  readonly renewalCa: string;
  /** Path of the operator's key. */
  readonly operator: string;
  readonly dir: string;
}

export const runningPath = (dir: string): string => join(dir, 'running.json');

/** The ready report of the stub on `dir`. Throws `not-running`. */
export async function readRunning(dir: string): Promise<Ready> {
  const text = await readTextIfThere(runningPath(dir));
  try {
    const ready = JSON.parse(text ?? '') as Ready;
    if (ready.ready === true) return ready;
  } catch {
    // An incomplete file or none: no stub is ready.
  }
  throw new PilotfishError('not-running', `no cloud stub is running on ${dir}`, {
    hint: `start one: cloud-stub serve --dir ${dir} --ca FILE`,
  });
}
