import { describe, expect, it } from 'vitest';
import { routes } from '../../../cloud-stub/http/control.ts';
import { deviceRoutes } from '../../../cloud-stub/http/device.ts';
import { createRequestRate } from '../../../cloud-stub/http/request-rate.ts';
import { findRoute } from '../../../cloud-stub/http/routes.ts';

describe('the operations of a robot', () => {
  it("are those of AWS's data endpoint", () => {
    expect(new Set(deviceRoutes.map(({ operation }) => operation))).toEqual(
      new Set([
        ...['DeleteThingShadow', 'DescribeJobExecution', 'GetPendingJobExecutions'],
        ...[
          'GetThingShadow',
          'ListNamedShadowsForThing',
          'Publish',
          'StartNextPendingJobExecution',
        ],
        ...['UpdateJobExecution', 'UpdateThingShadow'],
      ]),
    );
  });

  it('name the thing as their first argument, which the port compares', () => {
    for (const { path, device } of deviceRoutes)
      expect(device === 'publish' || /^\/(api\/)?things\//.test(path)).toBe(true);
  });
});

describe('findRoute', () => {
  const find = (path: string) => findRoute(routes, { method: 'POST', path, service: 'iotdata' });

  it.each(['/topics/a/b/c', '/topics/a%2Fb%2Fc', '/topics/a/b%2fc'])(
    'reads the topic of %s',
    (path) => {
      expect(find(path)).toMatchObject({ route: { operation: 'Publish' }, segments: ['a/b/c'] });
    },
  );

  it.each(['/topics', '/things/a/b/c/d'])('finds nothing for %s', (path) => {
    expect(find(path)).toBeUndefined();
  });
});

describe('the rate of requests', () => {
  it('is over after its maximum in one second, for each robot, and begins anew in the next', () => {
    const rate = createRequestRate(2);
    const isOver = (robot: string, nowMs: number) => rate.isOver(robot, nowMs);
    expect([isOver('A', 1000), isOver('A', 1500), isOver('A', 1999)]).toEqual([false, false, true]);
    expect([isOver('B', 1999), isOver('A', 2000)]).toEqual([false, false]);
  });
});
