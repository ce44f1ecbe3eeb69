// Runs after `npm ci`, on whatever Node the machine has, so it must stay old-fashioned JavaScript. It puts the pinned
// runtime and the project's own commands into node_modules/.bin, which comes first in the PATH of `npm run` and `npx`.
const { existsSync, mkdirSync, rmSync, symlinkSync } = require('node:fs');
const { join } = require('node:path');

// `npm install --package-lock-only` runs this too, and has installed nothing that could be linked.
if (process.env.npm_config_package_lock_only === 'true') process.exit(0);

const bin = join(__dirname, '..', 'node_modules', '.bin');
const link = (name, target) => {
  rmSync(join(bin, name), { force: true });
  symlinkSync(target, join(bin, name));
};

mkdirSync(bin, { recursive: true });
const runtime = `node-${process.platform}-${process.arch}/bin/node`;
if (existsSync(join(bin, '..', runtime))) {
  link('node', `../${runtime}`);
} else if (Number(process.versions.node.split('.')[0]) < 24) {
  console.error(
    `Pilotfish brings its own Node 24 for Linux on x64 and arm64; for ${process.platform}-${process.arch} there is none.\n` +
      `Install Node 24 or newer and run npm ci again (found: ${process.versions.node}).`,
  );
  process.exit(1);
}
// These find the runtime by themselves, also when they are called by their path, where no PATH has `node` above.
for (const name of ['pilotfish', 'factory', 'cloud-stub', 'sim-board'])
  link(name, `../../launchers/${name}`);
