import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BodyEvent, BodyMission, BodySnapshot } from '../../../hal/robot-body.ts';
import { check, jsonBytes } from '../../../protocol/codec.ts';
import { limits } from '../../../protocol/limits.ts';
import { orderKeyOf } from '../../../protocol/missions.ts';
import type { OrderKey } from '../../../protocol/schemas/missions.ts';
import { linkUp, observed, snapshot } from '../../support/agent-body.ts';
import { moment, payloads } from '../../support/agent-machine.ts';
import { documentsIn, missions } from '../../support/agent-missions.ts';
import { createCloudWorld } from '../../support/cloud-world.ts';

/** Whatever a body reports and the clocks show, the report fits the protocol and the cloud accepts it. */

const strange = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e300, 1e15];
const figure = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(...strange, 2 ** 53, 5e-324));
const moments = fc.oneof(figure, fc.constantFrom(0, 1000, 1e15, 8.64e15, Date.UTC(2026, 6, 1)));
const letters = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.constantFrom('', '\u0000\u001b[2J', '\ud800', '"\\'.repeat(40), '\u0001'.repeat(5000)),
);
const someOf = <T extends string>(...words: T[]) =>
  fc.oneof(fc.constantFrom(...words), letters) as fc.Arbitrary<T>;

const anyMission = (id: fc.Arbitrary<string>): fc.Arbitrary<BodyMission> =>
  fc.record(
    {
      id,
      initiator: someOf('cloud', 'local', 'schedule', 'button'),
      startedMs: moments,
      endedMs: moments,
      outcome: someOf('completed', 'stopped', 'stuck', 'interrupted', 'failed'),
      ...{ runS: figure, pauseS: figure, chargeS: figure, cleanedM2: figure, reachableM2: figure },
      ...{ stuckCount: figure, rechargeCount: figure, hasMap: fc.constant(false) },
    },
    { requiredKeys: ['id', 'initiator', 'startedMs', 'runS', 'pauseS', 'chargeS', 'hasMap'] },
  ) as fc.Arbitrary<BodyMission>;

const ids = fc.oneof(fc.constantFrom('a', 'b'), letters);
const anySnapshot: fc.Arbitrary<BodySnapshot> = fc
  .record({
    phase: someOf('charge', 'run', 'stuck'),
    batteryPct: figure,
    mission: fc.oneof(fc.constant(null), anyMission(ids)),
    ended: fc.array(anyMission(ids), { maxLength: 4 }),
    clock: fc.record({ nowS: figure, speed: figure }),
  })
  .map((said) => snapshot(said));
/** Each comes so many times, with rising numbers. */
const anyEvents = fc.array(
  fc.tuple(
    fc.record(
      { seq: figure, missionId: ids, type: someOf('started', 'error'), atS: figure, code: figure },
      { requiredKeys: ['seq', 'missionId', 'type', 'atS'] },
    ) as fc.Arbitrary<BodyEvent>,
    fc.constantFrom(1, 1, 1, 3, 1000),
  ),
  { maxLength: 8 },
);
const all = (events: readonly (readonly [BodyEvent, number])[]): BodyEvent[] =>
  events.flatMap(([event, times]) =>
    Array.from({ length: times }, (_, n) => (times === 1 ? event : { ...event, seq: n + 1 })),
  );
const anyMoment = moments.map((wallMs) => ({
  ...moment,
  now: { ...moment.now, wallMs: Math.max(0, Math.round(wallMs)) || 0, quality: 'floor' as const },
}));

describe('the reports of any body', () => {
  it('are within the protocol, and the cloud accepts them', () => {
    const machine = missions();
    const anyPoll = fc.tuple(anySnapshot, anyEvents, anyMoment);
    fc.assert(
      fc.property(fc.array(anyPoll, { minLength: 1, maxLength: 3 }), (polls) => {
        const cloud = createCloudWorld();
        let { state } = machine.step(machine.restore(undefined, moment), linkUp, moment);
        for (const [seen, events, at] of polls) {
          const step = machine.step(state, observed({ ...seen, lastEvent: 1000 }, all(events)), at);
          state = step.state;
          for (const payload of payloads(step)) expectTaken(cloud, payload);
        }
        expect(cloud.store.list('refusals')).toEqual([]);
        // What waits for an answer is what gets one.
        for (const { document } of state.items.values()) expect(document.ended).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

function expectTaken(cloud: ReturnType<typeof createCloudWorld>, payload: object): void {
  const reports = documentsIn(payload);
  for (const document of reports) {
    const sent: unknown = JSON.parse(JSON.stringify(document));
    expect(check('MissionDocument', sent)).toEqual({ ok: true, value: sent });
    expect(jsonBytes(document)).toBeLessThanOrEqual(limits.documentBytesMax);
    expect(document.events.length).toBeLessThanOrEqual(limits.documentEventsMax);
  }
  const answers = cloud.send('robots/R1/up/missions/report', payload);
  const accepted = answers.flatMap(([topic, body]) => {
    expect(topic).toBe('robots/R1/down/missions/report/accepted');
    return body['accepted'] as OrderKey[];
  });
  expect(accepted).toEqual(reports.filter(({ ended }) => ended).map(orderKeyOf));
}
