import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { PilotfishError } from '../../base/errors.ts';

/** Where OpenSSL finds the token. */
export interface TokenPlace {
  /** The PKCS#11 module: preferably `p11-kit-client.so`, else the token's own. */
  readonly module: string;
  /** The folder with the engine `pkcs11.so`. */
  readonly enginesDir: string;
  /** The socket of `p11-kit server`, when the module is its client. */
  readonly socket?: string | undefined;
}

/**
 * The environment variables by which OpenSSL finds engine and module. OpenSSL reads them from the process itself, so
 * `main.ts` sets them before the first use of the key; child processes get them as well.
 *
 * The engine is always loaded by its id: by its path it can be loaded only once in a process, and the first reconnect
 * would fail.
 */
export function tokenEnvironment({
  module,
  enginesDir,
  socket,
}: TokenPlace): Record<string, string> {
  return {
    OPENSSL_ENGINES: enginesDir,
    PKCS11_MODULE_PATH: module,
    ...(socket === undefined ? {} : { P11_KIT_SERVER_ADDRESS: `unix:path=${socket}` }),
  };
}

/** Debian's name for the machine's own libraries, by Node's name for the machine. */
const triplets: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
  arm: 'arm-linux-gnueabihf',
};

/** Finds the folder with OpenSSL's engine `pkcs11.so`, in `root` (tests). Throws `token-engine` when there is none. */
export async function enginesFolder(arch: string = process.arch, root = '/'): Promise<string> {
  const libraries = [`lib/${triplets[arch] ?? arch}`, 'lib64', 'lib'];
  const folders = libraries.map((library) => join(root, 'usr', library, 'engines-3'));
  for (const folder of folders) {
    if (await isThere(join(folder, engineFile))) return folder;
  }
  throw new PilotfishError(
    'token-engine',
    `OpenSSL's PKCS#11 engine (${engineFile}) is not in ${folders.join(', ')}`,
    { hint: engineHint },
  );
}

/** Throws `token-engine` and `token-module` when a file is missing, before OpenSSL reports it in its own words. */
export async function checkPlace({ module, enginesDir }: TokenPlace): Promise<void> {
  if (!(await isThere(join(enginesDir, engineFile)))) {
    throw new PilotfishError(
      'token-engine',
      `OpenSSL's PKCS#11 engine (${engineFile}) is not in ${enginesDir}`,
      { hint: engineHint },
    );
  }
  if (!(await isThere(module))) {
    throw new PilotfishError('token-module', `the PKCS#11 module ${module} does not exist`, {
      hint: 'p11-kit-client.so is in the Debian package p11-kit-modules',
    });
  }
}

const engineFile = 'pkcs11.so';
const engineHint = 'it is in the Debian package libengine-pkcs11-openssl';

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
