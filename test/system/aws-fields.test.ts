import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { routes } from '../../cloud-stub/http/control.ts';
import type { Route } from '../../cloud-stub/http/routes.ts';
import { unservedIn } from '../../cloud-stub/http/routes.ts';

/**
 * The stub's routes against AWS's own description of its operations, as botocore ships it: same method and path, no
 * parameter or member of our own, and each documented one is either served or an error.
 */

interface Model {
  readonly operations: Readonly<
    Record<string, { http: { method: string; requestUri: string }; input?: { shape: string } }>
  >;
  readonly shapes: Readonly<
    Record<string, { members?: Record<string, Member>; payload?: string } | undefined>
  >;
}
interface Member {
  readonly location?: 'uri' | 'querystring' | 'header';
  readonly locationName?: string;
}

const folder = '/usr/lib/python3/dist-packages/botocore/data';
const files = ['iot/2015-05-28', 'iot-data/2015-05-28', 'iot-jobs-data/2017-09-29'];
const models = await Promise.all(
  files.map(
    async (name) => JSON.parse(await readFile(`${folder}/${name}/service-2.json`, 'utf8')) as Model,
  ),
);
const [iot, data, jobsData] = models as [Model, Model, Model];

/** Operations that Debian's botocore is too old for; AWS's client for JavaScript has them. */
const newer = ['GetConnection', 'DeleteConnection'];

function modelOf({ operation = '', service }: Route): Model | undefined {
  const candidates = service === 'iot-jobs-data' ? [jobsData] : [iot, data, jobsData];
  return candidates.find(({ operations }) => operations[operation] !== undefined);
}

function documented(route: Route, model: Model) {
  const operation = model.operations[route.operation ?? ''];
  const shape = model.shapes[operation?.input?.shape ?? ''];
  const members = Object.entries(shape?.members ?? {}).map(([name, member]) => ({
    name: member.locationName ?? name,
    location: name === shape?.payload ? 'payload' : (member.location ?? 'body'),
  }));
  const at = (location: string) =>
    members.filter((one) => one.location === location).map(({ name }) => name);
  return { operation, query: at('querystring'), body: at('body'), header: at('header') };
}

const aws = routes.filter(({ operation }) => operation !== undefined && !newer.includes(operation));
const named = aws.map((route) => [route.operation, route.method, route] as const);
const noQuery = { query: new URLSearchParams(), body: Buffer.alloc(0), principal: undefined };

describe.each(named)('%s (%s)', (_operation, _method, route) => {
  const model = modelOf(route);
  const { operation, query, body } = documented(route, model ?? iot);

  it("has AWS's method and path", () => {
    const path = operation?.http.requestUri.replaceAll(/\{[^}]*\}/g, '{}');
    expect([route.method, route.path]).toEqual([operation?.http.method, path]);
  });

  it('serves only parameters and members that AWS documents', () => {
    expect((route.query ?? []).filter((name) => !query.includes(name))).toEqual([]);
    if (route.body === 'raw') return;
    expect((route.body ?? []).filter((name) => !body.includes(name))).toEqual([]);
  });

  it('rejects each documented parameter and member that it does not serve', () => {
    for (const name of query.filter((one) => !route.query?.includes(one))) {
      const said = unservedIn(route, { ...noQuery, query: new URLSearchParams({ [name]: '1' }) });
      expect(said, name).toContain(`does not serve the parameter ${name}`);
    }
    if (route.body === 'raw') return;
    for (const name of body.filter((one) => !(route.body ?? []).includes(one))) {
      const json = Buffer.from(JSON.stringify({ [name]: 'x' }));
      expect(unservedIn(route, { ...noQuery, body: json }), name).toContain(
        `does not serve the member ${name}`,
      );
    }
  });
});
