import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mutants } from './mutants.ts';
import { mutantVariable } from './planting.ts';

/**
 * Seeds one fault while Node loads the product (`node --import`), so the product needs no seams for it. An importer of
 * the faulty module gets its exports, with those that the fault names replaced.
 */
const wanted = process.env[mutantVariable];
const mutant = mutants.find(({ name }) => name === wanted);
if (mutant === undefined) throw new Error(`${mutantVariable} names no mutant: ${wanted}`);

const root = join(import.meta.dirname, '..', '..');
const place = pathToFileURL(join(root, mutant.seam.file)).href;
const listUrl = new URL('./mutants.ts', import.meta.url).href;

const source = `
import { mutants } from ${JSON.stringify(listUrl)};
import * as real from ${JSON.stringify(`${place}?real`)};
export * from ${JSON.stringify(`${place}?real`)};
const { name, seam } = mutants.find(({ name }) => name === ${JSON.stringify(mutant.name)});
const wrapped = (name) => {
  if (!(name in real)) throw new Error(\`\${seam.file} exports no \${name}\`);
  return seam.wraps[name](real[name]);
};
${Object.keys(mutant.seam.wraps)
  .map((name) => `export const ${name} = wrapped(${JSON.stringify(name)});`)
  .join('\n')}
process.send?.({ planted: name });
`;

registerHooks({
  load(url, context, nextLoad) {
    if (url !== place) return nextLoad(url, context);
    return { format: 'module', source, shortCircuit: true };
  },
});
