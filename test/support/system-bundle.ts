import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { type BuiltFile, buildAgentBundle } from '../../tools/firmware/bundle.ts';

const support = import.meta.dirname;
const project = join(support, '..', '..');

/** The stand-in of each module, for `agent/main.ts` alone: the stand-ins import the real ones. */
const standIns: Readonly<Record<string, string>> = {
  'hal/sim/client.ts': 'system-sabotaged-board.ts',
  'agent/io/mqtt.ts': 'system-sabotaged-link.ts',
  'agent/io/http.ts': 'system-sabotaged-http.ts',
  'agent/io/identity.ts': 'system-sabotaged-identity.ts',
};

const sabotage: Plugin = {
  name: 'sabotage',
  setup({ onResolve }) {
    const main = join(project, 'agent', 'main.ts');
    onResolve({ filter: /\.ts$/ }, ({ importer, resolveDir, path }) => {
      if (importer !== main) return undefined;
      const replaced = Object.keys(standIns).find(
        (name) => join(project, name) === join(resolveDir, path),
      );
      return replaced === undefined ? undefined : { path: join(support, standIns[replaced] ?? '') };
    });
  },
};

/** The agent as it is shipped, but for that it ends itself at the moment that a plan names (`system-sabotage.ts`). */
export const buildSabotagedBundle = (options: {
  readonly version: string;
  readonly out: string;
}): Promise<BuiltFile> => buildAgentBundle({ ...options, plugins: [sabotage] });
