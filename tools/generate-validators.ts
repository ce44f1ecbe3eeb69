import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { _, Ajv, type CodeKeywordDefinition, stringify } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { schemas } from '../protocol/schemas/index.ts';

/**
 * Compiles the schemas of `protocol/` into plain functions (`protocol/generated/`), so that a robot needs no schema
 * library and no code generation at run time. `--check` writes nothing and fails when the committed files are stale.
 */
const folder = join(import.meta.dirname, '..', 'protocol', 'generated');

/** `words`: a string outside the list is replaced by `unknown` (see `Word` in `protocol/schemas/kit.ts`). */
const words: CodeKeywordDefinition = {
  keyword: 'words',
  type: 'string',
  schemaType: 'array',
  code(cxt) {
    const { gen, data, schema, it } = cxt;
    gen.if(_`!${stringify(schema)}.includes(${data})`, () => {
      gen.assign(_`${it.parentData}[${it.parentDataProperty}]`, _`"unknown"`);
    });
  },
};

async function generate(): Promise<Map<string, string>> {
  const ajv = new Ajv({
    code: { source: true, esm: true, lines: false },
    strict: true,
    strictTypes: false,
    allErrors: false,
    messages: true,
  });
  ajv.addKeyword(words);
  for (const [name, schema] of Object.entries(schemas)) ajv.addSchema({ ...schema, $id: name });
  const names = Object.keys(schemas);
  const source = standalone.default(ajv, Object.fromEntries(names.map((name) => [name, name])));
  const bundled = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'js' },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['main'],
    write: false,
    charset: 'utf8',
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 120,
    legalComments: 'none',
  });
  const banner = '// Made by `npm run generate` from protocol/schemas; not edited by hand.\n';
  const types = [
    banner,
    "import type { Static } from 'typebox';\nimport type { schemas } from '../schemas/index.ts';\n\n",
    'interface Fault {\n  readonly instancePath: string;\n  readonly message?: string;\n  readonly params?: { readonly additionalProperty?: string };\n}\n\n',
    '/** True when `data` fits; otherwise `errors` holds the first fault. Unknown words are replaced in place. */\n',
    'interface Validator<T> {\n  (data: unknown): data is T;\n  errors?: readonly Fault[] | null;\n}\n\n',
    ...names.map(
      (name) => `export declare const ${name}: Validator<Static<typeof schemas.${name}>>;\n`,
    ),
  ];
  return new Map([
    ['validators.js', banner + (bundled.outputFiles[0]?.text ?? '')],
    ['validators.d.ts', types.join('')],
  ]);
}

await mkdir(folder, { recursive: true });
for (const [name, text] of await generate()) {
  const path = join(folder, name);
  if (!process.argv.includes('--check')) {
    await writeFile(path, text);
  } else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
    process.stderr.write(`protocol/generated/${name} is stale: run npm run generate\n`);
    process.exitCode = 1;
  }
}
