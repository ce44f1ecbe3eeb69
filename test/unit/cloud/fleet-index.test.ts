import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../base/log.ts';
import { createCloud } from '../../../cloud-stub/cloud.ts';
import type { CloudStore } from '../../../cloud-stub/core/store.ts';
import { workOn } from '../../../cloud-stub/core/unit.ts';
import { createFleetIndex } from '../../../cloud-stub/services/fleet-index.ts';
import { parseQuery } from '../../../cloud-stub/services/fleet-parser.ts';
import { createMemoryStore } from '../../../cloud-stub/store/memory.ts';
import { awsOf } from '../../support/cloud-aws.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld } from '../../support/cloud-world.ts';

const queryOf = (text: string) => {
  const query = parseQuery(text);
  if (!query.ok) throw new Error(query.message);
  return query.value;
};
const queries = [
  ...['*', 'attributes.a:1', 'thingGroupNames:g', 'shadow.reported.x:1', 'shadow.hasDelta:true'],
  ...['shadow.name.n.desired.x:*', 'connectivity.connected:true', 'x1'],
].map(queryOf);
const answers = (
  index: ReturnType<typeof createFleetIndex>,
  store: Parameters<ReturnType<typeof createFleetIndex>['search']>[0],
) => queries.map((query) => index.search(store, query, { max: 100 }));

const verbs = [
  ...(['make', 'attributes', 'delete', 'join', 'leave', 'group', 'ungroup', 'connect'] as const),
  ...([
    'disconnect',
    'reported',
    'desired',
    'named',
    'unnamed',
    'unshadow',
    'decommission',
  ] as const),
  ...(['recommission', 'search'] as const),
];
const verb = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(...verbs) },
  fc.constant('search' as const),
);
const step = fc.record({ verb, name: fc.constantFrom('A', 'B') });
/** So that most steps change something. */
const firstSteps = (['group', 'make', 'join', 'connect', 'reported', 'search'] as const).flatMap(
  (one) => [
    { verb: one, name: 'A' },
    { verb: one, name: 'B' },
  ],
);

it('a search shows every change before it, as an index does that is made from the rows', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.constantFrom(0, 400, 1e6), (steps, room) => {
      const world = createCloudWorld();
      const aws = awsOf(world);
      // A small one has no room for the fields of all things.
      const small = createFleetIndex({ charactersMax: room });
      const count = (max = 3) => world.nowMs % max;
      const act = ({ verb, name }: { verb: (typeof verbs)[number]; name: string }) => {
        const member = { thingGroupName: 'g', thingName: name };
        const shadow = (query: string, state: object | null) =>
          aws('POST', `/things/${name}/shadow${query}`, { state });
        const attributes = { attributePayload: { attributes: { a: `${count()}` } } };
        if (verb === 'make') aws('POST', `/things/${name}`);
        else if (verb === 'attributes') aws('PATCH', `/things/${name}`, attributes);
        else if (verb === 'delete') aws('DELETE', `/things/${name}`);
        else if (verb === 'group') aws('POST', '/thing-groups/g');
        else if (verb === 'ungroup') aws('DELETE', '/thing-groups/g');
        else if (verb === 'join') aws('PUT', '/thing-groups/addThingToThingGroup', member);
        else if (verb === 'leave') aws('PUT', '/thing-groups/removeThingFromThingGroup', member);
        else if (verb === 'connect') world.enter(name);
        else if (verb === 'disconnect') {
          world.cloud.disconnected(name, { reason: 'CLIENT_ERROR' }, world.nowMs);
        } else if (verb === 'reported') shadow('', { reported: { x: count(), y: `x${count()}` } });
        else if (verb === 'desired') shadow('', { desired: { x: count() } });
        else if (verb === 'named') shadow('?name=n', { desired: { x: count() } });
        else if (verb === 'unnamed') aws('DELETE', `/things/${name}/shadow?name=n`);
        else if (verb === 'unshadow') aws('DELETE', `/things/${name}/shadow`);
        else if (verb === 'decommission') operatorOf(world.cloud).decommission(name, world.nowMs);
        else if (verb === 'recommission') operatorOf(world.cloud).recommission(name, world.nowMs);
      };
      for (const one of [...firstSteps, ...steps]) {
        world.nowMs += 1;
        act(one);
        // Otherwise several changes gather until the next search.
        if (one.verb !== 'search') continue;
        const fromRows = answers(createFleetIndex(), world.store);
        expect(answers(world.cloud.fleet, world.store)).toEqual(fromRows);
        expect(answers(small, world.store)).toEqual(fromRows);
        small.forget();
      }
      const fromRows = answers(createFleetIndex(), world.store);
      expect(answers(world.cloud.fleet, world.store)).toEqual(fromRows);
      expect(world.cloud.fleet.rebuild(world.store).differed).toEqual([]);
      expect(answers(world.cloud.fleet, world.store)).toEqual(fromRows);
    }),
    { numRuns: 300 },
  );
});

/** A cloud over `store`, as another process would have it. */
function cloudOn(store: CloudStore, isShared = false) {
  const { config } = createCloudWorld();
  const entropy = (bytes: number) => '0'.repeat(bytes * 2);
  const runUnit: Parameters<typeof createCloud>[0]['runUnit'] = (nowMs, work) => {
    const worked = workOn(store, { entropy, config, nowMs }, work);
    store.commit(worked.writes);
    return worked;
  };
  const shared = isShared ? { runUnit } : {};
  return createCloud({ store, entropy, config, log: silentLog, ...shared });
}
const reportTo = (cloud: ReturnType<typeof cloudOn>, x: number) =>
  cloud.receive(
    {
      ...{ robot: 'R1', topic: '$aws/things/R1/shadow/update' },
      payload: new TextEncoder().encode(JSON.stringify({ state: { reported: { x } } })),
    },
    1,
  );
const thing = { thingName: 'R1', thingId: 'id', createdMs: 1 };
const storeWithThing = () => {
  const store = createMemoryStore();
  store.commit([{ table: 'things', key: 'R1', value: thing }]);
  return store;
};
const found = (cloud: ReturnType<typeof cloudOn>, text: string) =>
  cloud.serve(1, (ctx) => cloud.fleet.search(ctx.store, queryOf(text), { max: 10 })).result;

describe('the index', () => {
  it('is made from the rows by the first search after a restart', () => {
    const store = storeWithThing();
    const before = cloudOn(store);
    expect(found(before, '*')).toEqual(['R1']);
    reportTo(before, 1);
    const after = cloudOn(store);
    expect(after.fleet.state()).toMatchObject({ isBuilt: false, things: 0 });
    expect(found(after, 'shadow.reported.x:1')).toEqual(['R1']);
    expect(after.fleet.state()).toMatchObject({ isBuilt: true, things: 1, kept: 1, stale: 0 });
  });

  it('is made anew after a commit that failed, whether or not it has stored', () => {
    const store = storeWithThing();
    let isFailing = false;
    const failing = {
      ...store,
      commit(writes: Parameters<CloudStore['commit']>[0]) {
        store.commit(writes);
        if (isFailing) throw new Error('the medium failed');
      },
    };
    const cloud = cloudOn(failing);
    expect(found(cloud, 'shadow.reported.x:1')).toEqual([]);
    isFailing = true;
    expect(() => reportTo(cloud, 1)).toThrow('the medium failed');
    isFailing = false;
    expect(found(cloud, 'shadow.reported.x:1')).toEqual(['R1']);
  });

  it('shows what another process has committed, on a store that is shared', () => {
    const store = storeWithThing();
    const [first, second] = [cloudOn(store, true), cloudOn(store, true)];
    expect(found(first, 'shadow.reported.x:1')).toEqual([]);
    reportTo(second, 1);
    expect(found(first, 'shadow.reported.x:1')).toEqual(['R1']);
  });

  it('computes only what has changed', () => {
    const store = storeWithThing();
    store.commit([{ table: 'things', key: 'R2', value: { ...thing, thingName: 'R2' } }]);
    const read: string[] = [];
    const counting = {
      ...store,
      get: ((table, key) => {
        if (table === 'things') read.push(key);
        return store.get(table, key);
      }) as CloudStore['get'],
    };
    const cloud = cloudOn(counting);
    found(cloud, '*');
    reportTo(cloud, 1);
    reportTo(cloud, 2);
    read.length = 0;
    expect(found(cloud, 'shadow.reported.x:2')).toEqual(['R1']);
    expect(found(cloud, 'shadow.reported.x:2')).toEqual(['R1']);
    expect(read).toEqual(['R1']);
  });

  it('reports at a rebuild what differed from the rows', () => {
    const store = storeWithThing();
    const cloud = cloudOn(store);
    const rebuild = () => cloud.serve(1, (ctx) => cloud.fleet.rebuild(ctx.store)).result;
    expect(rebuild()).toEqual({ things: 1, differed: [] });
    // Behind the cloud's back, as a fault of the program would leave it.
    store.commit([
      { table: 'presence', key: 'R1', value: { state: 'connected' } as never },
      { table: 'things', key: 'R2', value: { ...thing, thingName: 'R2' } },
    ]);
    expect(found(cloud, '*')).toEqual(['R1']);
    expect(rebuild()).toEqual({ things: 2, differed: ['R1', 'R2'] });
    expect(found(cloud, '*')).toEqual(['R1', 'R2']);
    expect(rebuild()).toEqual({ things: 2, differed: [] });
  });

  it('keeps the names only of what exceeds its memory', () => {
    const store = storeWithThing();
    const index = createFleetIndex({ charactersMax: 10 });
    expect(index.search(store, queryOf('thingName:r1'), { max: 1 })).toEqual(['R1']);
    expect(index.state()).toMatchObject({ things: 1, kept: 0, characters: 0 });
  });
});
