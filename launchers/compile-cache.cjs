// Keeps what Node makes of the sources (types stripped, code compiled) for the next start, below the user's cache folder. What
// is read back is run, so that folder and the one above it must be the user's own, and writable by nobody else; if not, there
// is no cache. Node takes an entry only for the very source that it was made of, and each of its versions has its own.
const { mkdirSync, statSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { isAbsolute, join } = require('node:path');

const ownFolder = (path) => {
  const { uid, mode } = statSync(path);
  if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) throw new Error(`${path} is not safe`);
  return path;
};

/** As above; made when it is missing. */
const madeFolder = (path) => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return ownFolder(path);
};

try {
  const { HOME = '', XDG_CACHE_HOME = '' } = process.env;
  const isNamed = isAbsolute(XDG_CACHE_HOME);
  if (!isNamed && !isAbsolute(HOME)) throw new Error('no home');
  const above = madeFolder(isNamed ? XDG_CACHE_HOME : join(ownFolder(HOME), '.cache'));
  enableCompileCache(madeFolder(join(above, 'pilotfish')));
} catch {
  // No home, a disk that is full or read-only, a folder that is not safe: the program starts all the same, only slower.
}
