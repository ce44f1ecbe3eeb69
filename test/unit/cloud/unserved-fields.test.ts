import { describe, expect, it } from 'vitest';
import { routes } from '../../../cloud-stub/http/control.ts';
import { unservedIn } from '../../../cloud-stub/http/routes.ts';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const unserved = (route: (typeof routes)[number], query: string, body = Buffer.alloc(0)) =>
  unservedIn(route, new URLSearchParams(query), body);

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s',
  (path, route) => {
    const name = route.operation ?? path;
    it('rejects a query parameter that it would ignore', () => {
      expect(unserved(route, 'thingTypeName=x')).toBe(
        `${name} does not serve the parameter thingTypeName`,
      );
      for (const known of route.query ?? []) expect(unserved(route, `${known}=1`)).toBeUndefined();
    });

    it('rejects a member of the body that it would ignore, unless its service reads the body', () => {
      if (route.body === 'raw') return expect(unserved(route, '', json({ a: 1 }))).toBeUndefined();
      expect(unserved(route, '', json({ schedulingConfig: {} }))).toBe(
        `${name} does not serve the member schedulingConfig`,
      );
      expect(unserved(route, '', json({}))).toBeUndefined();
      expect(unserved(route, '', Buffer.from('nonsense'))).toBe('the body is not a JSON object');
      for (const known of route.body ?? []) {
        expect(unserved(route, '', json({ [known]: 1 })), known).toBeUndefined();
      }
    });
  },
);
