import { describe, expect, it } from 'vitest';
import { routes } from '../../../cloud-stub/http/control.ts';
import { unservedIn } from '../../../cloud-stub/http/routes.ts';

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const unserved = (route: (typeof routes)[number], query: string, body = Buffer.alloc(0)) =>
  unservedIn(route, { query: new URLSearchParams(query), body });

/** Values of parameters that do not take any. */
const served: Record<string, string> = {
  ...{ force: 'true', includeJobDocument: 'false', status: 'QUEUED' },
  ...{ includeSocketInformation: 'true', cleanSession: 'true', preventWillMessage: 'false' },
  ...{ retain: 'false', setAsActive: 'true', allowAutoRegistration: 'false' },
  ...{ 'UpdateCACertificate newStatus': 'INACTIVE', newAutoRegistrationStatus: 'ENABLE' },
  ...{ usePrefixAttributeValue: 'true', forceDelete: 'true' },
  ...{ targetSelection: 'SNAPSHOT', 'ListJobs status': 'COMPLETED' },
};

describe.each(routes.map((route) => [`${route.method} ${route.path}`, route] as const))(
  '%s',
  (path, route) => {
    const name = route.operation ?? path;
    it('rejects a query parameter that it would ignore', () => {
      expect(unserved(route, 'thingTypeName=x')).toBe(
        `${name} does not serve the parameter thingTypeName`,
      );
      for (const known of route.query ?? []) {
        expect(
          unserved(route, `${known}=${served[`${name} ${known}`] ?? served[known] ?? '1'}`),
          known,
        ).toBeUndefined();
      }
    });

    it('rejects the header x-amzn-principal, unless it reads it', () => {
      const given = { query: new URLSearchParams(), body: Buffer.alloc(0), principal: 'arn' };
      const reads = route.headers?.includes('x-amzn-principal') === true;
      expect(unservedIn(route, given)).toBe(
        reads ? undefined : `${name} does not serve the header x-amzn-principal`,
      );
    });

    it('rejects a member of the body that it would ignore, unless its service reads the body', () => {
      if (route.body === 'raw') return expect(unserved(route, '', json({ a: 1 }))).toBeUndefined();
      expect(unserved(route, '', json({ documentSource: {} }))).toBe(
        `${name} does not serve the member documentSource`,
      );
      expect(unserved(route, '', json({}))).toBeUndefined();
      expect(unserved(route, '', Buffer.from('nonsense'))).toBe('the body is not a JSON object');
      for (const known of route.body ?? []) {
        expect(unserved(route, '', json({ [known]: 1 })), known).toBeUndefined();
      }
    });
  },
);

it.each([
  ['ListThings', 'maxResults=0', 'maxResults must be 1 to 250'],
  ['ListThings', 'maxResults=251', 'maxResults must be 1 to 250'],
  ['ListThings', 'nextToken=abc', 'nextToken must be a whole number'],
  ['ListCertificates', 'pageSize=many', 'pageSize must be 1 to 250'],
  ['CancelJob', 'force=yes', 'force must be true or false'],
  ['DescribeJobExecution', 'executionNumber=-1', 'executionNumber must be a whole number'],
  ['DescribeJobExecution', 'includeJobDocument=1', 'includeJobDocument must be true or false'],
])('%s rejects %s', (operation, query, message) => {
  const route = routes.find((one) => one.operation === operation);
  expect(route && unserved(route, query)).toBe(message);
});

it('ListJobExecutionsForJob rejects a status that no execution has', () => {
  const route = routes.find(({ operation }) => operation === 'ListJobExecutionsForJob');
  expect(route && unserved(route, 'status=DONE')).toMatch(/^status must be QUEUED \| /);
});
