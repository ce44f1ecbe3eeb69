import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { namedShadowsMax, shadowNames } from '../../../cloud-stub/services/shadows.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import { createCloudWorld, robot, startMs } from '../../support/cloud-world.ts';

const prefix = `$aws/things/${robot}/shadow`;
const timestamp = startMs / 1000;

/** Sends requests one after the other; returns the responses to the last one, by the part after the prefix. */
function outcomeOf(...requests: [verb: string, body: unknown][]) {
  const world = createCloudWorld();
  let last: Record<string, unknown> = {};
  for (const [verb, body] of requests) {
    const sent = world.send(`${prefix}/${verb}`, body);
    last = Object.fromEntries(
      sent.map(([topic, message]) => [topic.slice(prefix.length + 1), message]),
    );
  }
  return last;
}
const update = (state: unknown, more: object = {}): [string, unknown] => [
  'update',
  { state, ...more },
];
const stateAfter = (...requests: [string, unknown][]) =>
  (outcomeOf(...requests, ['get', ''])['get/accepted'] as { state: unknown } | undefined)?.state;

describe('a shadow update', () => {
  it('publishes the messages of the AWS developer guide', () => {
    const world = createCloudWorld();
    world.send(`${prefix}/update`, { state: {}, clientToken: 'c0' });
    const sent = world.send(`${prefix}/update`, {
      state: { desired: { vac: 2 } },
      clientToken: 'c1',
      version: 1,
    });
    const metadata = { vac: { timestamp } };
    const tail = { timestamp, clientToken: 'c1' };
    expect(sent).toEqual([
      [
        `${prefix}/update/accepted`,
        { state: { desired: { vac: 2 } }, metadata: { desired: metadata }, version: 2, ...tail },
      ],
      [`${prefix}/update/delta`, { state: { vac: 2 }, metadata, version: 2, ...tail }],
      [
        `${prefix}/update/documents`,
        {
          previous: { state: {}, metadata: {}, version: 1 },
          current: { state: { desired: { vac: 2 } }, metadata: { desired: metadata }, version: 2 },
          ...tail,
        },
      ],
    ]);
  });

  it.each<[string, [string, unknown][], unknown]>([
    [
      'changes only what it names',
      [update({ desired: { a: { b: 1, c: 2 } } }), update({ desired: { a: { c: 3 } } })],
      { desired: { a: { b: 1, c: 3 } }, delta: { a: { b: 1, c: 3 } } },
    ],
    [
      'deletes with null',
      [
        update({ reported: { a: 1, b: { c: 1, d: 2 } } }),
        update({ reported: { a: null, b: { d: null } } }),
      ],
      { reported: { b: { c: 1 } } },
    ],
    [
      'drops a section with null',
      [update({ desired: { a: 1 }, reported: { a: 1 } }), update({ desired: null })],
      { reported: { a: 1 } },
    ],
    ['empties all with a null state', [update({ desired: { a: 1 } }), update(null)], {}],
    [
      'replaces arrays whole',
      [update({ reported: { a: [1, 2, { b: 1 }] } }), update({ reported: { a: [3] } })],
      { reported: { a: [3] } },
    ],
    [
      'puts an object in place of a value and back',
      [update({ reported: { a: 1, b: { c: 1 } } }), update({ reported: { a: { x: 1 }, b: 2 } })],
      { reported: { a: { x: 1 }, b: 2 } },
    ],
    ['may be empty', [update({})], {}],
    [
      'ignores unknown fields beside the state',
      [update({ reported: { a: 1 } }, { mood: 1 })],
      { reported: { a: 1 } },
    ],
  ])('%s', (_name, requests, state) => {
    expect(stateAfter(...requests)).toEqual(state);
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['missing there', { a: 1 }, {}, { a: 1 }],
    ['different there', { a: 1, b: 2 }, { a: 1, b: 3 }, { b: 2 }],
    ['only reported', {}, { a: 1 }, undefined],
    ['deep, with the path', { a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 2 } }],
    ['an array that differs in one place', { a: [1, 2] }, { a: [1, 3] }, { a: [1, 2] }],
    ['an equal array', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, undefined],
    ['an object against a value', { a: { b: 1 } }, { a: 1 }, { a: { b: 1 } }],
    ['inherited names', { toString: 'x', constructor: 1 }, {}, { toString: 'x', constructor: 1 }],
  ])('has the delta of what is %s', (_name, desired, reported, delta) => {
    const messages = outcomeOf(update({ desired, reported }));
    expect((messages['update/delta'] as { state: unknown } | undefined)?.state).toEqual(delta);
  });

  it('sends the whole delta while any difference is left, also after a report', () => {
    const messages = outcomeOf(update({ desired: { a: 1, b: 2 } }), update({ reported: { a: 1 } }));
    expect(messages['update/delta']).toMatchObject({ state: { b: 2 }, version: 2 });
  });

  it("sets each leaf's timestamp when it was last named", () => {
    const world = createCloudWorld();
    world.send(`${prefix}/update`, { state: { reported: { a: 1, b: { c: [1, { d: 1 }] } } } });
    world.nowMs += 5000;
    world.send(`${prefix}/update`, { state: { reported: { a: 1 } } });
    const [[, got] = []] = world.send(`${prefix}/get`, '');
    const first = { timestamp };
    expect(got?.['metadata']).toEqual({
      reported: { a: { timestamp: timestamp + 5 }, b: { c: [first, { d: first }] } },
    });
  });

  const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
  it.each<[string, unknown, number, string]>([
    ['no JSON', '{', 400, 'Invalid JSON'],
    ['no object', '[]', 400, 'Invalid JSON'],
    ['no state', {}, 400, 'Missing required node: state'],
    ['a state that is no object', { state: [] }, 400, 'State node must be an object'],
    ['desired no object', { state: { desired: 1 } }, 400, 'Desired node must be an object'],
    ['reported no object', { state: { reported: [] } }, 400, 'Reported node must be an object'],
    [
      'an unknown member of the state',
      { state: { other: {} } },
      400,
      'State contains an invalid node',
    ],
    [
      'a null in an array',
      { state: { desired: { a: [1, null] } } },
      400,
      'State contains an invalid node',
    ],
    [
      'a deep null in an array',
      { state: { desired: { a: [{ b: null }] } } },
      400,
      'State contains an invalid node',
    ],
    [
      'a prototype',
      '{"state":{"desired":{"__proto__":{"a":1}}}}',
      400,
      'State contains an invalid node',
    ],
    ['a version that is no number', { state: {}, version: 'x' }, 400, 'Invalid version'],
    ['another version', { state: {}, version: 7 }, 409, 'Version conflict'],
    ['a long token', { state: {}, clientToken: 'x'.repeat(65) }, 400, 'Invalid clientToken'],
    ['a token of 66 bytes', { state: {}, clientToken: 'ä'.repeat(33) }, 400, 'Invalid clientToken'],
    [
      'too deep a section',
      { state: { desired: deep(7) } },
      400,
      'JSON contains too many levels of nesting; maximum is 6',
    ],
    [
      'an absurdly deep one',
      `{"state":{"desired":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}}`,
      400,
      'JSON contains too many levels of nesting; maximum is 6',
    ],
    [
      'more than 8 KB',
      { state: { desired: { a: 'x'.repeat(8200) } } },
      413,
      'The payload exceeds the maximum size allowed',
    ],
    [
      'more than 128 KB',
      { state: { desired: { a: 'x'.repeat(140_000) } } },
      413,
      'The payload exceeds the maximum size allowed',
    ],
  ])('is rejected with %s', (_name, body, code, message) => {
    const world = createCloudWorld();
    const before = world.send(`${prefix}/update`, { state: { reported: { kept: true } } });
    expect(before).toHaveLength(2);
    expect(world.send(`${prefix}/update`, body)).toEqual([
      [`${prefix}/update/rejected`, expect.objectContaining({ code, message, timestamp })],
    ]);
    const [[, got] = []] = world.send(`${prefix}/get`, '');
    expect(got).toMatchObject({ state: { reported: { kept: true } }, version: 1 });
  });

  it('is rejected with 415 when it is not UTF-8', () => {
    const world = createCloudWorld();
    const latin1 = Uint8Array.from(
      Buffer.from('{"state":{"desired":{"name":"J\u00f6rg"}}}', 'latin1'),
    );
    expect(world.send(`${prefix}/update`, latin1)).toEqual([
      [
        `${prefix}/update/rejected`,
        expect.objectContaining({
          ...{ code: 415, message: 'Unsupported documented encoding; supported encoding is UTF-8' },
        }),
      ],
    ]);
  });

  it('checks 8 KB after the merge, and accepts six levels', () => {
    const half = (key: string) => update({ desired: { [key]: 'x'.repeat(5000) } });
    expect(outcomeOf(half('a'), half('b'))['update/rejected']).toMatchObject({ code: 413 });
    expect(outcomeOf(half('a'), half('a'))['update/accepted']).toMatchObject({ version: 2 });
    expect(outcomeOf(update({ desired: deep(6) }))['update/accepted']).toMatchObject({
      version: 1,
    });
  });

  it('reaches desired = reported when each delta is reported back', () => {
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer()));
    const node = fc.dictionary(
      fc.string({ minLength: 1, maxLength: 4 }).filter((key) => key !== '__proto__'),
      fc.oneof(leaf, fc.dictionary(fc.constantFrom('x', 'y'), leaf)),
      { maxKeys: 4 },
    );
    fc.assert(
      fc.property(node, node, (desired, reported) => {
        const { 'update/delta': delta } = outcomeOf(update({ desired, reported }));
        const state = (delta as { state?: unknown } | undefined)?.state ?? {};
        const done = outcomeOf(update({ desired, reported }), update({ reported: state }));
        expect(done['update/delta']).toBeUndefined();
      }),
      { numRuns: 200 },
    );
  });
});

describe('getting and deleting a shadow', () => {
  const missing = { code: 404, message: `No shadow exists with name: '${robot}'`, timestamp };

  it.each(['get', 'delete'])('%s a missing one is rejected', (verb) => {
    expect(outcomeOf([verb, { clientToken: 'x' }])).toEqual({
      [`${verb}/rejected`]: { ...missing, clientToken: 'x' },
    });
  });

  it('continues version numbers after a deletion, for 48 hours', () => {
    const world = createCloudWorld();
    world.send(`${prefix}/update`, { state: { desired: { a: 1 } } });
    world.send(`${prefix}/update`, { state: { desired: { a: 2 } } });
    expect(world.send(`${prefix}/delete`, '')).toEqual([
      [`${prefix}/delete/accepted`, { version: 2, timestamp }],
    ]);
    expect(world.send(`${prefix}/get`, '')[0]?.[1]).toEqual(missing);
    world.nowMs += 47 * 3_600_000;
    expect(world.send(`${prefix}/update`, { state: {} })[0]?.[1]).toMatchObject({ version: 3 });
    expect(world.send(`${prefix}/get`, '')[0]?.[1]).toMatchObject({ state: {}, version: 3 });
    world.send(`${prefix}/delete`, '');
    world.nowMs += 49 * 3_600_000;
    expect(world.send(`${prefix}/update`, { state: {} })[0]?.[1]).toMatchObject({ version: 1 });
  });
});

describe('an empty section', () => {
  const last = (world: ReturnType<typeof createCloudWorld>) => {
    const [[, got] = []] = world.send(`${prefix}/get`, '');
    return got;
  };

  it.each<readonly [string, unknown]>([
    ['sent empty', { state: { reported: {} } }],
    ['whose last field is deleted', { state: { reported: { a: null } } }],
    ['that is null', { state: { reported: null } }],
  ])('%s vanishes with its metadata', (_name, update) => {
    const world = createCloudWorld();
    world.send(`${prefix}/update`, { state: { reported: { a: 1 }, desired: { b: 1 } } });
    if (JSON.stringify(update).includes('{}')) {
      world.send(`${prefix}/update`, { state: { reported: { a: null } } });
    }
    world.send(`${prefix}/update`, update);
    expect(last(world)).toMatchObject({ state: { desired: { b: 1 } } });
    expect(Object.keys((last(world)?.['state'] ?? {}) as object)).toEqual(['desired', 'delta']);
    expect(Object.keys((last(world)?.['metadata'] ?? {}) as object)).toEqual(['desired', 'delta']);
  });

  it('follows from a null state, whose answer has no metadata', () => {
    const world = createCloudWorld();
    world.send(`${prefix}/update`, { state: { reported: { a: 1 } } });
    const [[topic, body] = []] = world.send(`${prefix}/update`, { state: null, clientToken: 't' });
    expect([topic, body]).toEqual([
      `${prefix}/update/accepted`,
      { state: null, version: 2, timestamp, clientToken: 't' },
    ]);
    expect(last(world)).toMatchObject({ state: {}, metadata: {}, version: 2 });
  });
});

describe('a deletion', () => {
  it.each([
    ['nothing', '', {}],
    ['a token', '{"clientToken":"t"}', { clientToken: 't' }],
    ['no JSON', 'delete it', {}],
    ['no UTF-8', new Uint8Array([0xff]), {}],
  ])('with %s as its payload is accepted', (_name, payload, echoed) => {
    const world = createCloudWorld();
    world.send(`${prefix}/update`, { state: { reported: { a: 1 } } });
    expect(world.send(`${prefix}/delete`, payload)).toEqual([
      [`${prefix}/delete/accepted`, { version: 1, timestamp, ...echoed }],
    ]);
  });
});

describe('a named shadow', () => {
  const named = (name: string) => `${prefix}/name/${name}`;
  const reportOf = (value: number) => ({ state: { reported: { value } } });
  const worldWith = (...names: string[]) => {
    const world = createCloudWorld();
    for (const name of names) world.send(`${named(name)}/update`, reportOf(1));
    return world;
  };

  it('is apart from the classic one and from others', () => {
    const world = worldWith('pump');
    world.send(`${prefix}/update`, reportOf(2));
    world.send(`${named('lamp')}/update`, reportOf(3));
    const valueIn = (topic: string) => world.send(`${topic}/get`, '')[0]?.[1]['state'];
    expect([prefix, named('pump'), named('lamp')].map(valueIn)).toEqual(
      [2, 1, 3].map((value) => ({ reported: { value } })),
    );
  });

  it('publishes its messages on its own topics', () => {
    const world = createCloudWorld();
    const update = { state: { desired: { on: true } }, clientToken: 't' };
    const sent = world.send(`${named('lamp')}/update`, update);
    expect(sent.map(([topic]) => topic)).toEqual(
      ['accepted', 'delta', 'documents'].map((word) => `${named('lamp')}/update/${word}`),
    );
    expect(sent[1]?.[1]).toMatchObject({ state: { on: true }, version: 1, clientToken: 't' });
  });

  it.each(['get', 'delete'])('that is missing is an error to %s', (verb) => {
    const world = worldWith('pump');
    expect(world.send(`${named('lamp')}/${verb}`, '')).toEqual([
      [
        `${named('lamp')}/${verb}/rejected`,
        expect.objectContaining({ code: 404, message: "No shadow exists with name: 'lamp'" }),
      ],
    ]);
  });

  it('that is deleted is no longer listed, and counts its versions on', () => {
    const world = worldWith('lamp', 'pump');
    expect(shadowNames(world.store, robot)).toEqual(['lamp', 'pump']);
    world.send(`${named('lamp')}/delete`, '');
    expect(shadowNames(world.store, robot)).toEqual(['pump']);
    const [[, body] = []] = world.send(`${named('lamp')}/update`, reportOf(2));
    expect(body).toMatchObject({ version: 2 });
  });

  it('is rejected above the bound of one thing', () => {
    const names = Array.from({ length: namedShadowsMax }, (_, n) => `s${n}`);
    const world = worldWith(...names);
    expect(world.send(`${named('more')}/update`, reportOf(1))).toMatchObject([
      [`${named('more')}/update/rejected`, { code: 429 }],
    ]);
    expect(world.send(`${named('s0')}/update`, reportOf(2))[0]?.[0]).toMatch(/accepted$/);
    expect(world.send(`${prefix}/update`, reportOf(2))[0]?.[0]).toMatch(/accepted$/);
  });

  it.each(['a b', '', 'x'.repeat(65), 'ä', '$x'])('is not called %j', (name) => {
    expect(createCloudWorld().send(`${named(name)}/update`, reportOf(1))).toEqual([]);
  });

  it('goes when its robot is decommissioned', () => {
    const world = worldWith('lamp', 'pump');
    world.enter(robot);
    world.send(`${prefix}/update`, reportOf(1));
    operatorOf(world.cloud).decommission(robot, world.nowMs);
    expect(world.store.list('shadows')).toEqual([]);
  });
});
