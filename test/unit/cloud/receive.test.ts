import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Log, silentLog } from '../../../base/log.ts';
import { createCloud } from '../../../cloud-stub/cloud.ts';
import type { CloudStore } from '../../../cloud-stub/core/store.ts';
import { createMemoryStore } from '../../../cloud-stub/store/memory.ts';
import { operatorOf } from '../../support/cloud-operator.ts';
import {
  bytesOf,
  createCloudWorld,
  mapRef,
  missionDocument,
  robot,
} from '../../support/cloud-world.ts';

const report = `robots/${robot}/up/missions/report`;
const list = { v: 1, reports: [missionDocument({ ended: true, map: mapRef })] };

describe('an invalid message', () => {
  it.each<[string, string, unknown, string]>([
    ['of another robot', 'robots/R2/up/missions/report', list, 'foreign-robot'],
    ['to another shadow', '$aws/things/R2/shadow/get', '', 'foreign-robot'],
    ['on an unknown channel', `robots/${robot}/up/else`, list, 'wrong-topic'],
    ['on a down channel', `robots/${robot}/down/commands`, list, 'wrong-topic'],
    ['on an answer of the shadow', `$aws/things/${robot}/shadow/get/accepted`, '{}', 'wrong-topic'],
    ['on a notice of jobs', `$aws/things/${robot}/jobs/notify`, '{}', 'wrong-topic'],
    ['on no topic of ours', 'else', '{}', 'wrong-topic'],
    ['that is not JSON', report, '{', 'not-json'],
    ['that is not UTF-8', report, new Uint8Array([0x22, 0xff, 0x22]), 'not-json'],
    ['that is empty', report, '', 'not-json'],
    ['that is too large', report, 'x'.repeat(128 * 1024 + 1), 'too-large'],
    ['that is no object', report, '[1]', 'wrong-schema'],
    ['with no reports', report, { v: 1, reports: [] }, 'wrong-schema'],
    ['with too many', report, { v: 1, reports: Array(65).fill(1) }, 'wrong-schema'],
    ['of another version', report, { ...list, v: 2 }, 'wrong-schema'],
    [
      'that is nested deeply',
      report,
      `{"v":1,"reports":[{"a":${'['.repeat(60_000)}${']'.repeat(60_000)}}]}`,
      'wrong-schema',
    ],
  ])('%s is counted under its code and gets no answer', (_name, topic, body, code) => {
    const world = createCloudWorld();
    expect(world.send(topic, typeof body === 'string' ? bytesOf(body) : body)).toEqual([]);
    expect(world.send(topic, typeof body === 'string' ? bytesOf(body) : body)).toEqual([]);
    expect(world.store.list('refusals')).toMatchObject([
      { key: `${robot}/${code}`, value: { count: 2 } },
    ]);
    expect(world.store.list('missions')).toEqual([]);
  });

  it('is logged once for each robot and code', () => {
    const lines: unknown[] = [];
    const log: Log = {
      ...silentLog,
      warn: ({ robotId, code }) => void lines.push([robotId, code]),
    };
    const { config } = createCloudWorld();
    const cloud = createCloud({ store: createMemoryStore(), entropy: () => '0', config, log });
    for (const from of [robot, robot, 'R2', robot]) {
      for (const body of ['{', '[]']) {
        const topic = `robots/${from}/up/missions/report`;
        cloud.receive({ robot: from, topic, payload: bytesOf(body) }, 0);
      }
    }
    expect(lines).toEqual([
      [robot, 'not-json'],
      [robot, 'wrong-schema'],
      ['R2', 'not-json'],
      ['R2', 'wrong-schema'],
    ]);
  });
});

describe('any bytes on any topic', () => {
  const topics = fc.constantFrom(
    ...['missions/report', 'maps/upload', 'commands/outcome'].map((c) => `robots/${robot}/up/${c}`),
    ...['get', 'update', 'delete'].map((verb) => `$aws/things/${robot}/shadow/${verb}`),
    ...['get', 'start-next', 'J/get', '$next/get', 'J/update', '$next/update'].map(
      (path) => `$aws/things/${robot}/jobs/${path}`,
    ),
  );
  const word = fc.constantFrom(
    ...['v', 'reports', 'missionId', 'map', 'state', 'desired', 'reported', 'status', 'version'],
    ...['statusDetails', 'expectedVersion', 'clientToken', '__proto__', 'constructor', 'length'],
  );
  const value = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(1, 0, -1, 'SUCCEEDED', `${'0'.repeat(16)}-1`, null, true, '', 1e308),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(word, tie('node'), { maxKeys: 4 }),
    ),
  })).node;

  it('never throw', () => {
    const world = createCloudWorld();
    world.enter(robot);
    operatorOf(world.cloud).createJob(
      { jobId: 'J', targets: [robot], document: '{}' },
      world.nowMs,
    );
    const payloads = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      value.map((one) => bytesOf(JSON.stringify(one))),
    );
    fc.assert(
      fc.property(topics, payloads, (topic, payload) => {
        world.send(topic, payload);
      }),
      { numRuns: 2000 },
    );
    expect(({} as Record<string, unknown>)['desired']).toBeUndefined();
  });
});

describe('the unit of work of a request', () => {
  /** A store whose commit fails on request. */
  function failingStore(): { store: CloudStore; fail: { now: boolean } } {
    const store = createMemoryStore();
    const fail = { now: false };
    const commit: CloudStore['commit'] = (writes) => {
      if (fail.now) throw new Error('disk full');
      store.commit(writes);
    };
    return { store: { ...store, commit }, fail };
  }

  it('confirms only what was stored', () => {
    const { store, fail } = failingStore();
    const { config } = createCloudWorld();
    const cloud = createCloud({ store, entropy: () => '0', config, log: silentLog });
    const receive = () => cloud.receive({ robot, topic: report, payload: bytesOf(list) }, 0);
    fail.now = true;
    expect(receive).toThrow('disk full');
    expect(store.list('missions')).toEqual([]);
    fail.now = false;
    expect(receive()).toHaveLength(1);
    expect(store.list('missions')).toMatchObject([{ value: { counts: { received: 1 } } }]);
  });
});
