import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mutants } from './mutants.ts';
import { mutantVariable, plant } from './plant.ts';

/**
 * Plants one bug into the product as Node loads it (`node --import`), so that the product needs no seams for it. The file
 * on disk stays as it is.
 */
const wanted = process.env[mutantVariable];
const mutant = mutants.find(({ name }) => name === wanted);
if (mutant === undefined) throw new Error(`${mutantVariable} names no mutant: ${wanted}`);

const root = join(import.meta.dirname, '..', '..');
const place = pathToFileURL(join(root, mutant.file)).href;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (url !== place) return loaded;
    const source = plant(Buffer.from(loaded.source as Uint8Array).toString('utf8'), mutant);
    process.send?.({ planted: mutant.name });
    return { ...loaded, source };
  },
});
