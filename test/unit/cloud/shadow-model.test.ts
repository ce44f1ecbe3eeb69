import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCloudWorld, robot } from '../../support/cloud-world.ts';

/**
 * The shadow service against a model of its own make: a section is a flat table from the path of each leaf to its value,
 * so merging, deleting and comparing are set operations.
 */

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Leaves = ReadonlyMap<string, Json>;
interface Model {
  desired: Leaves;
  reported: Leaves;
  version: number;
  isThere: boolean;
}
type Section = 'desired' | 'reported';

const isNode = (value: Json): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Each leaf by its path; a null is a leaf, too. */
function leavesOf(value: Json, path = ''): [string, Json][] {
  if (!isNode(value)) return [[path, value]];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, `${path}/${key}`));
}

/** A patch removes what is at, below or above each of its paths, and puts its values there. */
function patched(leaves: Leaves, patch: Json): Leaves {
  if (patch === null) return new Map();
  const changes = leavesOf(patch);
  const isTouched = (path: string) =>
    changes.some(
      ([one]) => one === path || path.startsWith(`${one}/`) || one.startsWith(`${path}/`),
    );
  const kept = [...leaves].filter(([path]) => !isTouched(path));
  return new Map([...kept, ...changes.filter(([, value]) => value !== null)]);
}

const same = (a: Json | undefined, b: Json | undefined) => JSON.stringify(a) === JSON.stringify(b);

/** A leaf differs when the other section has not exactly this value at its path. */
const deltaOf = ({ desired, reported }: Model): string[] =>
  [...desired].flatMap(([path, value]) => (same(reported.get(path), value) ? [] : [path])).sort();

const keys = fc.constantFrom('a', 'b', 'c');
const leaf: fc.Arbitrary<Json> = fc.oneof(
  fc.integer({ min: 0, max: 2 }),
  fc.boolean(),
  fc.constantFrom('x', 'y'),
  fc.constantFrom<Json[]>([], [0], [0, 1]),
);
const { node } = fc.letrec<{ node: { [key: string]: Json }; value: Json }>((tie) => ({
  node: fc.dictionary(keys, tie('value'), { minKeys: 1, maxKeys: 3, noNullPrototype: true }),
  value: fc.oneof({ maxDepth: 2, depthSize: 'small' }, leaf, fc.constant(null), tie('node')),
}));
const section = fc.option(fc.option(node, { nil: null }), { nil: undefined });
const update = fc.record({
  verb: fc.constant('update' as const),
  desired: section,
  reported: section,
  /** How far the expected version is from the true one. */
  versionOff: fc.option(fc.constantFrom(0, 0, 1), { nil: undefined }),
});
const step = fc.oneof(
  { weight: 8, arbitrary: update },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant('get' as const) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant('delete' as const) }) },
);

/** The leaves of a document's section, without empty nodes. */
const seen = (state: unknown, name: Section | 'delta') => {
  const node = (state as Record<string, Json>)[name];
  return node === undefined ? [] : leavesOf(node).sort(byPath);
};
const byPath = ([a]: [string, Json], [b]: [string, Json]) => (a < b ? -1 : Number(a > b));
const sorted = (leaves: Leaves) => [...leaves].sort(byPath);

it('the shadow is what a flat model of it is, after any requests', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const world = createCloudWorld();
      const model: Model = { desired: new Map(), reported: new Map(), version: 0, isThere: false };
      const request = (verb: string, body: unknown) => {
        world.nowMs += 1000;
        const sent = world.send(`$aws/things/${robot}/shadow/${verb}`, body);
        const answers = sent.map(([topic, json]) => [topic.split('/shadow/')[1] ?? '', json]);
        return Object.fromEntries(answers) as Record<string, Record<string, unknown>>;
      };
      for (const one of steps) {
        if (one.verb === 'update') {
          const { desired, reported, versionOff } = one;
          const state = {
            ...(desired === undefined ? {} : { desired }),
            ...(reported === undefined ? {} : { reported }),
          };
          const version = versionOff === undefined ? {} : { version: model.version + versionOff };
          const sent = request('update', { state, ...version });
          if (versionOff === 1) {
            expect(sent).toMatchObject({ 'update/rejected': { code: 409 } });
            continue;
          }
          if (desired !== undefined) model.desired = patched(model.desired, desired);
          if (reported !== undefined) model.reported = patched(model.reported, reported);
          model.version += 1;
          model.isThere = true;
          expect(sent['update/accepted']).toMatchObject({ state, version: model.version });
          const delta = sent['update/delta'];
          const paths = delta ? leavesOf(delta['state'] as Json).map(([path]) => path) : [];
          expect(paths.sort()).toEqual(deltaOf(model));
          // A node that lost its last leaf stays in its section, and in the delta; the model has no such nodes.
          if (!JSON.stringify(sent['update/documents']).includes('{}')) {
            expect(delta === undefined).toBe(deltaOf(model).length === 0);
            expect(JSON.stringify(delta?.['state'] ?? '')).not.toContain('{}');
          }
          expect(sent['update/documents']).toMatchObject({
            previous: { version: model.version - 1 },
            current: { version: model.version },
          });
        } else if (!model.isThere) {
          expect(request(one.verb, '')).toMatchObject({ [`${one.verb}/rejected`]: { code: 404 } });
        } else if (one.verb === 'delete') {
          expect(request('delete', '')).toMatchObject({
            'delete/accepted': { version: model.version },
          });
          Object.assign(model, { desired: new Map(), reported: new Map(), isThere: false });
        } else {
          const { 'get/accepted': accepted } = request('get', '');
          expect(accepted?.['version']).toBe(model.version);
          const state = accepted?.['state'];
          expect(seen(state, 'desired')).toEqual(sorted(model.desired));
          expect(seen(state, 'reported')).toEqual(sorted(model.reported));
          expect(seen(state, 'delta').map(([path]) => path)).toEqual(deltaOf(model));
        }
      }
    }),
    { numRuns: 1500 },
  );
});
