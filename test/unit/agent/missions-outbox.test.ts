import { describe, expect, it } from 'vitest';
import { boundOutbox, confirmEntries, type Outbox } from '../../../agent/missions/outbox.ts';
import { jsonBytes } from '../../../protocol/codec.ts';
import { ended, linkUp, observed } from '../../support/agent-body.ts';
import { feed, payloads } from '../../support/agent-machine.ts';
import { entry, keyOf, missions, outboxOf } from '../../support/agent-missions.ts';
import { epoch } from '../../support/cloud-world.ts';

const id = (n: number) => `${epoch}-${n}`;
const outbox: Outbox = new Map([
  entry(id(1), 'unconfirmed'),
  entry(id(2), 'confirmed'),
  entry(id(3), 'rejected'),
  entry(id(4), 'awaiting-map'),
  entry(id(5), 'unconfirmed'),
]);
/** A document, its state and a code. */
const bytes = [...outbox.values()]
  .map(({ document }) => jsonBytes(document) + 48)
  .reduce((a, b) => a + b);
const roomy = { reportsMax: 5, bytesMax: bytes };

describe('a confirmation', () => {
  const key = keyOf(entry(id(1))[1]);
  it.each([
    ['its key', key, 'confirmed'],
    ['a key of another revision', { ...key, revision: 2 }, 'unconfirmed'],
    ['a key of another boot', { ...key, boot: 9 }, 'unconfirmed'],
    ['the key of its progress', { ...key, ended: false }, 'unconfirmed'],
    ['an unknown key', { ...key, missionId: id(99) }, 'unconfirmed'],
  ])('takes effect or not with %s', (_name, given, state) => {
    expect(confirmEntries(outbox, [given]).get(id(1))?.state).toBe(state);
  });

  it.each([2, 3, 4])('changes nothing about entry %i, which is not being sent', (n) => {
    const own = outbox.get(id(n));
    if (own === undefined) throw new Error('no entry');
    expect(confirmEntries(outbox, [keyOf(own)])).toBe(outbox);
  });
});

describe('the bound of the outbox', () => {
  it.each([
    ['nothing while all fits', roomy, [1, 2, 3, 4, 5], []],
    ['history first', { ...roomy, reportsMax: 4 }, [1, 3, 4, 5], []],
    ['then dead letters', { ...roomy, reportsMax: 3 }, [1, 4, 5], []],
    ['then the oldest unconfirmed report', { ...roomy, reportsMax: 2 }, [4, 5], [1]],
    ['then the next oldest one', { ...roomy, reportsMax: 1 }, [4], [1, 5]],
    ['reports that wait for their map last', { ...roomy, reportsMax: 0 }, [], [1, 5, 4]],
    ['by bytes as by number', { ...roomy, bytesMax: bytes - 1 }, [1, 3, 4, 5], []],
  ])('drops %s', (_name, bounds, left, dropped) => {
    const bounded = boundOutbox(outbox, bounds, new WeakMap());
    expect([...bounded.outbox.keys()]).toEqual(left.map(id));
    expect(bounded.dropped).toEqual(dropped.map(id));
  });

  it('changes nothing when all fits', () => {
    expect(boundOutbox(outbox, roomy, new WeakMap()).outbox).toBe(outbox);
  });

  it('measures a document once', () => {
    const [one, two] = [entry(id(6))[1], entry(id(7))[1]];
    let measurements = 0;
    const document = new Proxy(one.document, {
      ownKeys(target) {
        measurements++;
        return Reflect.ownKeys(target);
      },
    });
    const sizes = new WeakMap();
    for (const state of ['unconfirmed', 'confirmed', 'confirmed'] as const) {
      const both: Outbox = new Map([
        [id(6), { document, state }],
        [id(7), two],
      ]);
      expect(boundOutbox(both, { ...roomy, reportsMax: 1 }, sizes).outbox.size).toBe(1);
    }
    expect(measurements).toBe(1);
  });
});

describe('a full outbox', () => {
  const machine = missions({ reportsMax: 3 });
  const five = observed({ ended: ['a', 'b', 'c', 'd', 'e'].map((name) => ended(name)) });

  it('keeps the newest, counts what it dropped, and reports the count to the cloud', () => {
    const step = feed(machine, [linkUp, five]);
    expect(outboxOf(step.state)).toHaveLength(3);
    expect(step.state.row.dropped).toBe(2);
    expect(machine.view(step.state)).toMatchObject({ unconfirmed: 3, dropped: 2 });
    expect(payloads(step)[0]).toMatchObject({ dropped: 2 });
  });

  it('informs the maps machine in one event', () => {
    const row = { epoch, nextN: 101, open: null, known: [], dropped: 0 };
    const many = new Map(Array.from({ length: 100 }, (_, i) => entry(id(i + 1))));
    const final = observed({ ended: [ended('a')] });
    const { events } = feed(machine, [final], { row, items: many });
    const missionIds = Array.from({ length: 98 }, (_, i) => id(i + 1));
    expect(events).toEqual([{ type: 'mission/dropped', missionIds, code: 'no-room' }]);
  });
});
