import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import type { Machine, MachineState, Saved } from '../../../agent/kernel/machine.ts';
import { mapsMachine } from '../../../agent/maps/machine.ts';
import { missionsMachine } from '../../../agent/missions/machine.ts';
import { shadowMachine } from '../../../agent/shadow/machine.ts';
import { cloudTimeMachine } from '../../../agent/time/cloud-time.ts';
import { updatesMachine } from '../../../agent/updates/machine.ts';
import { linkUp, observed } from '../../support/agent-body.ts';
import { testConfig } from '../../support/agent-config.ts';
import { entry, keyOf } from '../../support/agent-missions.ts';
import { absent } from '../../support/agent-shadow.ts';
import { publishTimesWithoutAnswer } from '../../support/agent-silent-cloud.ts';
import { onOld, startedOn, storedJob } from '../../support/agent-updates.ts';
import { epoch, mapRef } from '../../support/cloud-world.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const config = testConfig();
const plain = testConfig({ shadow: false, jobs: false });
const missionId = `${epoch}-1`;

const kept: readonly Event[] = [
  linkUp,
  { type: 'map/kept', missionId, map: { ...mapRef, id: `map-${missionId}` } },
  {
    type: 'cloud/reports-accepted',
    body: { v: 1, accepted: [keyOf(entry(missionId)[1])], grants: [] },
  },
];

interface Row {
  readonly name: string;
  readonly machine: Machine;
  readonly events: readonly Event[];
  readonly saved?: Saved;
  /** The first delays in seconds, at least. */
  readonly firstS: readonly number[];
  /** Messages on the first day, at most. */
  readonly firstDay: number;
}

const row = <S extends MachineState>(
  given: Omit<Row, 'machine'> & { readonly machine: Machine<S> },
): Row => given as unknown as Row;

// With the options' defaults. From the second day on each machine sends at most one request an hour.
const rows: readonly Row[] = [
  row({
    name: 'the time',
    machine: cloudTimeMachine(plain.time),
    events: [linkUp],
    firstS: [4, 8, 16],
    firstDay: 34,
  }),
  row({
    name: 'the shadow',
    machine: shadowMachine(config.shadow),
    events: [linkUp],
    firstS: [4, 8, 16],
    firstDay: 34,
  }),
  row({
    // And its daily get, from then on.
    name: 'the acceptance of a shadow report',
    machine: shadowMachine(config.shadow),
    events: [linkUp, absent, observed()],
    firstS: [4, 8, 16],
    firstDay: 2 * 34,
  }),
  row({
    name: 'the jobs',
    machine: updatesMachine(config.updates),
    events: [startedOn(onOld()), linkUp],
    firstS: [4, 8, 16],
    firstDay: 34,
  }),
  row({
    name: "the acceptance of a job's end",
    machine: updatesMachine(config.updates),
    events: [startedOn(onOld()), linkUp],
    saved: storedJob('reporting', { status: 'FAILED', reason: 'hash-mismatch', detail: '' }),
    firstS: [4, 8, 16],
    firstDay: 34,
  }),
  row({
    name: 'the reports',
    machine: missionsMachine(config.missions),
    events: [linkUp],
    saved: {
      row: { epoch, nextN: 2, open: null, known: [], dropped: 0 },
      items: new Map([entry(missionId)]),
    },
    firstS: [4, 8, 16],
    firstDay: 34,
  }),
  row({
    name: 'the maps',
    machine: mapsMachine(config.maps),
    events: kept,
    firstS: [16, 32, 64],
    firstDay: 33,
  }),
];

describe.each([0, 0.5, 0.999])('a cloud that never answers, with random %f,', (random) => {
  it.each(rows)('receives requests for $name at most hourly after the first day', (given) => {
    const { machine, events, saved, firstS, firstDay } = given;
    const options = { forMs: 2 * dayMs, random, ...(saved ? { saved } : {}) };
    const times = [...new Set(publishTimesWithoutAnswer(machine, events, options))];
    const delays = times.slice(1).map((atMs, i) => atMs - (times[i] ?? 0));
    for (const [i, leastS] of firstS.entries()) {
      expect(delays[i]).toBeGreaterThanOrEqual(leastS * 1000);
      expect(delays[i]).toBeLessThanOrEqual(leastS * 1500);
    }
    const all = publishTimesWithoutAnswer(machine, events, options);
    const days = [0, 1].map((day) => all.filter((atMs) => Math.floor(atMs / dayMs) === day).length);
    expect(days[0]).toBeLessThanOrEqual(firstDay);
    // It continues for ever, between 16 and 24 times a day for each request.
    expect(days[1]).toBeGreaterThanOrEqual(15);
    expect(days[1]).toBeLessThanOrEqual(firstDay > 34 ? 48 : 24);
  });
});
