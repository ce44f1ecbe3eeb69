import { describe, expect, it } from 'vitest';
import { createChanges } from '../../../cloud-stub/core/changes.ts';
import type { MeterRow } from '../../../cloud-stub/rows.ts';
import { createMeter } from '../../../cloud-stub/services/meter.ts';
import { createMemoryStore } from '../../../cloud-stub/store/memory.ts';

const robot = 'R1';
const report = `robots/${robot}/up/missions/report`;

/** What stands in the store after `work`, on top of `before`. */
function metered(
  work: (meter: ReturnType<typeof createMeter>) => void,
  before?: Partial<MeterRow>,
): MeterRow | undefined {
  const store = createChanges(createMemoryStore());
  const meter = createMeter();
  work(meter);
  if (before) store.put('meters', robot, before as MeterRow);
  meter.flush(store)();
  return store.get('meters', robot);
}

const unitsOf = (bytes: number, topic = report) =>
  metered((meter) => meter.count('in', { robot, topic, bytes }))?.units;

describe("the meter counts by AWS's rules", () => {
  it('payload and topic together, in steps of 5 KB', () => {
    expect([0, 1, 5120 - report.length].map((bytes) => unitsOf(bytes))).toEqual([1, 1, 1]);
    expect(unitsOf(5121 - report.length)).toBe(2);
    expect(unitsOf(3 * 5120)).toBe(4);
    expect(unitsOf(1000, `$aws/rules/r/${report}`)).toBe(0);
  });

  it('what goes down beside what goes up', () => {
    const topic = `robots/${robot}/down/missions/report/accepted`;
    const row = metered((meter) => {
      meter.count('in', { robot, topic: report, bytes: 600 });
      meter.count('out', { robot, topic, bytes: 6000 });
    });
    expect(row).toMatchObject({ units: 3, unitsDown: 2 });
  });

  it('CONNECT and SUBSCRIBE, also in a row that is older than the latter', () => {
    const work = (meter: ReturnType<typeof createMeter>) => {
      meter.connect(robot);
      meter.subscribe(robot);
      meter.subscribe(robot);
    };
    expect(metered(work)).toMatchObject({ connects: 1, subscribes: 2 });
    const old = { connects: 5, units: 7 };
    expect(metered(work, old)).toMatchObject({ connects: 6, subscribes: 2, units: 7 });
  });
});
