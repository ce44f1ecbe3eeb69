import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { seededFaultVariable } from './seams.ts';
import { seededFaults } from './seeded-faults.ts';

/**
 * Seeds one fault while Node loads the product (`node --import`), so the product needs no seams for it. An importer of
 * the faulty module gets its exports, with those that the fault names replaced.
 */
const name = process.env[seededFaultVariable];
const seededFault = seededFaults.find((one) => one.name === name);
if (seededFault === undefined)
  throw new Error(`${seededFaultVariable} names no seeded fault: ${name}`);

const root = join(import.meta.dirname, '..', '..');
const place = pathToFileURL(join(root, seededFault.seam.file)).href;
const listUrl = new URL('./seeded-faults.ts', import.meta.url).href;

const source = `
import { seededFaults } from ${JSON.stringify(listUrl)};
import * as real from ${JSON.stringify(`${place}?real`)};
export * from ${JSON.stringify(`${place}?real`)};
const { name, seam } = seededFaults.find(({ name }) => name === ${JSON.stringify(seededFault.name)});
const wrapped = (name) => {
  if (!(name in real)) throw new Error(\`\${seam.file} exports no \${name}\`);
  return seam.wraps[name](real[name]);
};
${Object.keys(seededFault.seam.wraps)
  .map((name) => `export const ${name} = wrapped(${JSON.stringify(name)});`)
  .join('\n')}
process.send?.({ seeded: name });
`;

registerHooks({
  load(url, context, nextLoad) {
    if (url !== place) return nextLoad(url, context);
    return { format: 'module', source, shortCircuit: true };
  },
});
