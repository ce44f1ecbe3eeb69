import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PilotfishError } from '../../base/errors.ts';

const module = '/usr/lib/softhsm/libsofthsm2.so';

/** A new SoftHSM token in `folder`. Throws `bench-softhsm` where SoftHSM is not installed. */
export async function makeSoftToken(
  folder: string,
): Promise<{ module: string; tokenLabel: string; pinFile: string; env: Record<string, string> }> {
  const tokenLabel = 'bench';
  const conf = join(folder, 'softhsm2.conf');
  const pinFile = join(folder, 'pin');
  const pin = randomBytes(8).toString('hex');
  await mkdir(join(folder, 'tokens'), { recursive: true });
  await writeFile(
    conf,
    `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  await writeFile(pinFile, `${pin}\n`, { mode: 0o600 });
  const env = { SOFTHSM2_CONF: conf };
  const pins = ['--so-pin', pin, '--pin', pin];
  try {
    await access(module);
    await promisify(execFile)(
      'softhsm2-util',
      ['--init-token', '--free', '--label', tokenLabel, ...pins],
      { env: { ...process.env, ...env } },
    );
  } catch (cause) {
    throw new PilotfishError('bench-softhsm', 'SoftHSM is not here', {
      cause: new Error((cause as { code?: string }).code ?? 'failed'),
      hint: 'tools/system-packages.sh installs it (Debian: softhsm2)',
    });
  }
  return { module, tokenLabel, pinFile, env };
}
