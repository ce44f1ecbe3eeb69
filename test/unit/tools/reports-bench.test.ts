import { describe, expect, it } from 'vitest';
import type { MeterRow } from '../../../cloud-stub/rows.ts';
import { emptyMeter } from '../../../cloud-stub/services/meter.ts';
import { billOf, monthOf, prices, typicalRobot } from '../../../tools/bench/reports/aws-prices.ts';
import { billTable, idleTable } from '../../../tools/bench/reports/bill.ts';
import type { CellResult } from '../../../tools/bench/reports/cell.ts';
import { planLink } from '../../../tools/bench/reports/faults.ts';
import { idleDayOf } from '../../../tools/bench/reports/idle.ts';
import { goalsOf, tablesOf } from '../../../tools/bench/reports/outcome.ts';
import {
  type Baseline,
  baselines,
  links,
  planCells,
  type Shape,
  shapes,
} from '../../../tools/bench/reports/plan.ts';

const all = { baselines, links, shapes, missions: 24, seed: 1 };

describe('the cells of the bench', () => {
  it('are every baseline on every link in every shape, once', () => {
    const cells = planCells(all);
    const names = cells.map(({ baseline, link, shape }) => `${baseline} ${link} ${shape}`);
    expect(new Set(names).size).toBe(baselines.length * links.length * shapes.length);
    expect(names).toHaveLength(new Set(names).size);
  });

  it('have whole rounds of twenty offline', () => {
    const offline = (missions: number) =>
      planCells({ ...all, missions, shapes: ['offline'] })[0]?.missions;
    expect([1, 8, 24, 40].map(offline)).toEqual([20, 20, 60, 100]);
    expect(planCells({ ...all, missions: 7 })[0]).toMatchObject({ shape: 'single', missions: 7 });
  });

  it('give all baselines the same faults, and other faults in another run', () => {
    const seeds = (seed: number) =>
      planCells({ ...all, seed, links: ['cut'], shapes: ['map'] }).map((cell) => cell.seed);
    expect(new Set(seeds(1)).size).toBe(1);
    expect(seeds(1)[0]).not.toBe(seeds(2)[0]);
    const elsewhere = planCells({ ...all, links: ['killed'], shapes: ['map'] })[0]?.seed;
    expect(elsewhere).not.toBe(seeds(1)[0]);
  });
});

describe('the plan of a link', () => {
  const first = (link: Parameters<typeof planLink>[0], seed: number, count = 200) => {
    const next = planLink(link, seed);
    return Array.from({ length: count }, next);
  };

  it('is the same for the same seed', () => {
    expect(first('black-hole', 5)).toEqual(first('black-hole', 5));
    expect(first('black-hole', 5)).not.toEqual(first('black-hole', 6));
  });

  it('is equally slow for each link', () => {
    const latencies = (link: Parameters<typeof planLink>[0]) =>
      first(link, 3, 1).map(({ latencyMs }) => latencyMs);
    expect(links.map(latencies)).toEqual(links.map(() => latencies('clean')));
  });

  it('cuts three seconds after the last cut, with and without the bytes in flight', () => {
    const faults = first('cut', 1).map(({ fault }) => fault);
    expect(faults.every((fault) => fault?.kind === 'cut' && fault.sinceLastMs === 3000)).toBe(true);
    const passing = faults.filter((fault) => fault?.passes).length;
    expect(passing).toBeGreaterThan(60);
    expect(passing).toBeLessThan(140);
  });

  it('has holes, stalls and connections of limited length', () => {
    const kinds = first('black-hole', 1).map(({ fault }) => fault?.kind ?? 'none');
    for (const kind of ['hole', 'stall', 'none']) {
      expect(kinds.filter((one) => one === kind).length).toBeGreaterThan(30);
    }
    for (const link of ['clean', 'killed', 'over-quota'] as const) {
      expect(first(link, 1).every(({ fault }) => fault === undefined)).toBe(true);
    }
  });
});

describe('the bill', () => {
  const meter: MeterRow = {
    ...emptyMeter(),
    ...{ connects: 10, units: 20, unitsDown: 10 },
  };
  const session = { ...emptyMeter(), connects: 1, subscribes: 1, shadowUnits: 2, jobsRequests: 1 };

  it('counts downstream messages twice, because they were first published to the broker', () => {
    const { missions, connects } = typicalRobot;
    const month = monthOf({ meter, missions: 10 }, session, emptyMeter());
    // One up, one down that is metered twice; CONNECT, SUBSCRIBE and a jobs request a connection.
    expect(month.messages).toBeCloseTo(3 * missions + 3 * connects);
    expect(month.rulesTriggered).toBeCloseTo(missions);
    expect(month.shadowOperations).toBeCloseTo(2 * connects);
  });

  it('is in dollars, and the sum of its parts', () => {
    const million = { connectedMinutes: 1e6, messages: 1e6, shadowOperations: 1e6 };
    const idle = { messages: 2e6, shadowOperations: 4e6 };
    const bill = billOf({ ...million, idle, rulesTriggered: 1e6 });
    expect(bill.connection).toBeCloseTo(prices.connectedMinutes);
    expect(bill.messages).toBeCloseTo(prices.messages);
    expect(bill.rest).toBeCloseTo(prices.shadowOperations + 0.3);
    expect(bill.idle).toBeCloseTo(2 * prices.messages + 4 * prices.shadowOperations);
    expect(bill.all).toBeCloseTo(bill.connection + bill.messages + bill.idle + bill.rest);
  });

  it('includes thirty times the cost of an idle day, with missions or without', () => {
    const day = { ...emptyMeter(), shadowUnits: 2, jobsRequests: 3, units: 5, unitsDown: 1 };
    const months = [10, 0].map((missions) => monthOf({ meter, missions }, session, day));
    for (const { idle } of months) {
      expect(idle).toEqual({ messages: 9 * typicalRobot.days, shadowOperations: 60 });
    }
    expect(months[1]).toMatchObject({ messages: 90, rulesTriggered: 0 });
  });
});

describe('an idle day', () => {
  it('has one request for the shadow and one for the jobs, and nothing else', () => {
    for (const seed of [1, 2, 3]) {
      const day = idleDayOf('pilotfish', { days: 3, seed });
      const { messagesIn, messagesOut, ...metered } = day;
      expect([messagesIn, messagesOut]).toEqual([2, 2]);
      const { shadowUnits, jobsRequests, units, connects } = metered;
      expect({ shadowUnits, jobsRequests, units, connects }).toEqual({
        ...{ shadowUnits: 1, jobsRequests: 1, units: 0, connects: 0 },
      });
    }
  });

  it('has no message for the other clients', () => {
    const others = baselines.filter((name) => name !== 'pilotfish');
    const days = others.map((name) => idleDayOf(name, { days: 3, seed: 1 }));
    expect(days).toEqual(others.map(emptyMeter));
  });
});

describe('the goals', () => {
  const row = (
    baseline: Baseline,
    shape: Shape,
    units: number,
    change: Partial<CellResult> = {},
  ): CellResult => ({
    cell: { baseline, link: 'clean', shape, missions: 100, seed: 1 },
    ...{ missing: 0, doubles: 0, doubleRows: 0, bytes: 1, kills: 0, ms: 1 },
    endedBy: 'complete',
    session: emptyMeter(),
    meter: { ...emptyMeter(), units },
    ...change,
  });
  const met = (...results: CellResult[]) => goalsOf(results).map((goal) => goal.met);

  it('are met by figures that are just good enough, and not by worse ones', () => {
    const map = (units: number) => [row('pilotfish', 'map', units), row('mqttjs-qos1', 'map', 300)];
    expect([met(...map(200)), met(...map(202))]).toEqual([
      [true, true, true],
      [true, true, false],
    ]);
    const kept = (units: number) => [
      row('pilotfish', 'offline', units),
      row('mqttjs-qos1-batched', 'offline', 15),
    ];
    expect([met(...kept(15)), met(...kept(16))]).toEqual([
      [true, true, true],
      [true, true, false],
    ]);
  });

  it('fail the run when a mission of ours is missing or duplicated, whatever the others do', () => {
    const vital = (...results: CellResult[]) =>
      goalsOf(results).filter(({ met, isVital }) => isVital && !met).length;
    expect(vital(row('pilotfish', 'map', 200, { missing: 1 }))).toBe(1);
    expect(vital(row('pilotfish', 'map', 200, { doubleRows: 1 }))).toBe(1);
    const others = row('mqttjs-qos0', 'map', 300, { missing: 9, doubles: 9 });
    expect(vital(row('pilotfish', 'map', 200, { doubles: 5 }), others)).toBe(0);
    expect(goalsOf([others])).toEqual([]);
  });

  it('are printed below a table of 80 columns', () => {
    const cells = planCells(all);
    const table = tablesOf(cells.map((cell) => ({ ...row('pilotfish', 'map', 1e5), cell })));
    expect(table.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(table).toContain('black-hole  mqttjs-qos1-batched');
    const clean = baselines.map((name) => row(name, 'map', 1e5));
    const bill = billTable(clean, 1);
    const tables = `${bill}\n${idleTable(clean, 1)}`.split('\n');
    expect(tables.filter((line) => line.length > 80 && !line.includes('https:'))).toEqual([]);
    expect(tables).toContainEqual(expect.stringMatching(/^pilotfish +0\.00 +1\.00 +1\.00$/));
    expect(bill).toMatch(/mqttjs-qos1-batched, no mission +3456/);
  });
});
