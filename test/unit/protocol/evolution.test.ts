import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import { readMessage } from '../../../agent/link/inbound.ts';
import { linkDown, linkUp } from '../../support/agent-body.ts';
import { feed, moment, payloads } from '../../support/agent-machine.ts';
import { entry, keyOf, missions, outboxOf } from '../../support/agent-missions.ts';
import {
  bytesOf,
  createCloudWorld,
  epoch,
  mapRef,
  missionDocument,
  type Sent,
} from '../../support/cloud-world.ts';

/** Robots and clouds of different releases: new fields and words never lose a report. */

const report = 'robots/R1/up/missions/report';
const id = (n: number) => `${epoch}-${n}`;
const at = { wallMs: 1_780_000_000_000, quality: 'synced', boot: 2, monoMs: 5 } as const;
const events = [
  { seq: 0, type: 'started', atS: 0 },
  { seq: 1, type: 'error', atS: 1, code: 17 },
] as const;
const final = missionDocument({
  ...{ missionId: id(1), bodyMission: 'b-1', ended: true, started: at, updated: at },
  ...{ events: [...events], map: mapRef },
});

/** What a later release may add to any object: any name that this one does not know, any value. */
const names = fc.constantFrom('evacs', 'dirt', 'wlBars', '_', 'constructor', 'x'.repeat(60));
const additions = fc
  .dictionary(names, fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 3 })
  // As it is on the wire, which has no `-0`.
  .map((more) => JSON.parse(JSON.stringify(more)) as object);

/** `value` with `more` in each of its objects; tables, whose names are free, are left alone. */
function grown(value: unknown, more: object): unknown {
  if (Array.isArray(value)) return value.map((one) => grown(one, more));
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.entries(value).map(([name, inner]) => [
    name,
    name === 'headers' ? inner : grown(inner, more),
  ]);
  return { ...more, ...Object.fromEntries(own) };
}

/** Each place of a document where a word stands. */
const worded = (word: string) => ({
  ...final,
  ...{ phase: word, outcome: word, initiator: word },
  started: { ...at, quality: word },
  updated: { ...at, quality: word },
  events: events.map((event) => ({ ...event, type: word })),
});

const accepted = (answers: readonly Sent[]) => answers.map(([topic]) => topic.split('/').at(-1));

describe('a newer robot on an older cloud', () => {
  it('adds fields anywhere, and the report is stored with them and confirmed', () => {
    fc.assert(
      fc.property(additions, (more) => {
        const cloud = createCloudWorld();
        const newer = grown(final, more);
        const list = { ...more, v: 1, reports: [newer], dropped: 0 };
        expect(accepted(cloud.send(report, list))).toEqual(['accepted']);
        expect(cloud.store.get('missions', `R1/${id(1)}`)?.document).toEqual(newer);
        // The same again is the same.
        expect(accepted(cloud.send(report, list))).toEqual(['accepted']);
        expect(cloud.store.get('missions', `R1/${id(1)}`)?.counts.duplicates).toBe(1);
        expect(cloud.store.list('refusals')).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('counts where this cloud knows no limit', () => {
    const cloud = createCloudWorld();
    const big = grown(final, { dirt: 1e15, evacs: -5 });
    expect(accepted(cloud.send(report, { v: 1, reports: [big] }))).toEqual(['accepted']);
  });

  it.each(['evac', 'refill', '', 'constructor', 'x'.repeat(40)])(
    'sends "%s" in place of a known word, which is unknown and no reason to reject',
    (word) => {
      const cloud = createCloudWorld();
      for (const times of [0, 1]) {
        const list = { v: 1, reports: [worded(word)] };
        expect(accepted(cloud.send(report, list))).toEqual(['accepted']);
        const row = cloud.store.get('missions', `R1/${id(1)}`);
        expect(row?.document).toEqual(worded('unknown'));
        expect(row).toMatchObject({ status: 'ended', counts: { duplicates: times, conflicts: 0 } });
      }
    },
  );

  it('uses a later version, which is neither stored nor rejected, so that the robot keeps it for a later cloud', () => {
    const cloud = createCloudWorld();
    const later = { ...final, v: 2 };
    const other = missionDocument({ missionId: id(2), ended: true });
    expect(cloud.send(report, { v: 3, common: {}, reports: [final] })).toEqual([]);
    expect(cloud.send(report, { v: 1, reports: [later] })).toEqual([]);
    // What it brings besides is stored.
    const [answer] = cloud.send(report, { v: 1, reports: [later, other] });
    expect(answer?.[1]).toMatchObject({ accepted: [{ missionId: id(2) }] });
    expect(cloud.store.get('missions', `R1/${id(1)}`)).toBeUndefined();
    expect(cloud.store.get('refusals', 'R1/wrong-schema')?.count).toBe(3);
  });

  it.each([[0], ['1'], [null], [-1], [1.5]])('is unknown when it uses version %j', (v) => {
    const answers = createCloudWorld().send(report, { v: 1, reports: [{ ...final, v }] });
    expect(accepted(answers)).toEqual(['rejected']);
  });
});

const machine = missions();
const row = { epoch, nextN: 3, open: null, known: [], dropped: 0 };
const saved = { row, items: new Map([entry(id(1)), entry(id(2))]) };
const key = keyOf(entry(id(1))[1]);
const grant = {
  ...{ missionId: id(1), mapId: 'map-1', method: 'PUT', url: 'https://c/o', headers: { a: 'b' } },
  expiresMs: at.wallMs,
};

/** The robot's event from a received message. */
function receive(channel: string, message: unknown): Event {
  const read = readMessage('R1', `robots/R1/down/missions/${channel}`, bytesOf(message));
  if (!read.ok || read.value === undefined) throw new Error('not understood');
  return read.value;
}

describe('an older robot on a newer cloud', () => {
  it('understands answers with unknown fields', () => {
    fc.assert(
      fc.property(additions, (more) => {
        const message = (body: object) => grown({ v: 1, ...body }, more);
        const yes = receive('report/accepted', message({ accepted: [key], grants: [grant] }));
        const no = receive(
          'report/rejected',
          message({ rejected: [{ missionId: id(2), code: 'taken-by-aliens', message: '' }] }),
        );
        const { state } = feed(machine, [linkUp, yes, no], saved);
        expect(outboxOf(state)).toEqual([
          `${id(1)} confirmed`,
          `${id(2)} rejected taken-by-aliens`,
        ]);
        const request = receive('request', message({ epoch, from: 1, to: 9 }));
        expect(payloads(machine.step(state, request, moment))).toMatchObject([
          { reports: [{ missionId: id(1) }] },
        ]);
        expect(yes).toMatchObject({ body: { grants: [grant] } });
      }),
      { numRuns: 60 },
    );
  });

  it.each(['report/accepted', 'report/rejected', 'request'])(
    'ignores %s of a later version, and repeats its request',
    (channel) => {
      const rejected = [{ missionId: id(1), code: 'out-of-range', message: '' }];
      const message = { v: 2, accepted: [key], rejected, epoch, from: 1, to: 2 };
      const topic = `robots/R1/down/missions/${channel}`;
      const read = readMessage('R1', topic, bytesOf(message));
      expect(read).toMatchObject({ ok: false, code: 'wrong-schema' });
      const again = feed(machine, [linkUp, linkDown, linkUp], saved);
      expect(payloads(again)).toMatchObject([{ reports: [{}, {}] }]);
    },
  );
});
