import { ok, type Result, refuse } from '../../protocol/result.ts';
import { isAttributeName, isAttributeValue, readPayload } from '../services/attributes.ts';
import * as control from '../services/thing-control.ts';
import type { ThingRow } from '../thing-rows.ts';
import { thingArn } from './arns.ts';
import {
  ended,
  fault,
  pageOf,
  type Reply,
  type Route,
  type RouteContext,
  readJson,
  reply,
} from './routes.ts';

/** AWS IoT's paths for things (client-iot). */
export const thingRoutes: readonly Route[] = [
  {
    operation: 'ListThings',
    method: 'GET',
    path: '/things',
    query: [
      ...['nextToken', 'maxResults'],
      ...['attributeName', 'attributeValue', 'usePrefixAttributeValue'],
    ],
    serve: listThings,
  },
  { operation: 'DescribeThing', method: 'GET', path: '/things/{}', serve: describeThing },
  {
    operation: 'CreateThing',
    method: 'POST',
    path: '/things/{}',
    body: ['attributePayload'],
    serve: createThing,
  },
  {
    operation: 'UpdateThing',
    method: 'PATCH',
    path: '/things/{}',
    body: ['attributePayload', 'expectedVersion'],
    serve: updateThing,
  },
  {
    operation: 'DeleteThing',
    method: 'DELETE',
    path: '/things/{}',
    query: ['expectedVersion'],
    serve: deleteThing,
  },
];

function listThings(ctx: RouteContext): Reply {
  const filter = readFilter(ctx.query);
  if (!filter.ok) return fault(filter.code, filter.message);
  const { page, next } = pageOf(control.thingsWith(ctx, filter.value), ctx.query);
  const things = page.map((thing) => thingOf(ctx.config.region, thing));
  return reply({ things, ...(next ? { nextToken: next } : {}) });
}

function readFilter(
  query: URLSearchParams,
): Result<Parameters<typeof control.thingsWith>[1], 'InvalidRequest'> {
  const name = query.get('attributeName');
  const value = query.get('attributeValue');
  const isPrefix = query.get('usePrefixAttributeValue') === 'true';
  if (name === null && value === null && !isPrefix) return ok(undefined);
  if (name === null || value === null) {
    return refuse('InvalidRequest', 'attributeName and attributeValue go together');
  }
  return isAttributeName(name) && isAttributeValue(value)
    ? ok({ name, value, isPrefix })
    : refuse('InvalidRequest', 'attributeName or attributeValue is not one that a thing can have');
}

function describeThing({ store, config }: RouteContext, name: string): Reply {
  const thing = store.get('things', name);
  if (thing === undefined) return ended(control.noThing(name));
  return reply({ ...thingOf(config.region, thing), thingId: thing.thingId, defaultClientId: name });
}

const thingOf = (region: string, thing: ThingRow) => ({
  thingName: thing.thingName,
  thingArn: thingArn(region, thing.thingName),
  attributes: control.attributesOf(thing),
  version: control.versionOf(thing),
});

function createThing(ctx: RouteContext, name: string): Reply {
  const payload = readPayload(readJson(ctx.body)?.['attributePayload']);
  if (!payload.ok) return ended(payload);
  const made = control.createThing(ctx, name, payload.value);
  if (!made.ok) return ended(made);
  const { thingName, thingId } = made.value;
  return reply({ thingName, thingArn: thingArn(ctx.config.region, thingName), thingId });
}

function updateThing(ctx: RouteContext, name: string): Reply {
  const { attributePayload, expectedVersion } = readJson(ctx.body) ?? {};
  const payload = readPayload(attributePayload);
  if (!payload.ok) return ended(payload);
  const expected = readVersion(expectedVersion);
  if (!expected.ok) return ended(expected);
  return ended(
    control.updateThing(ctx, name, { payload: payload.value, expectedVersion: expected.value }),
  );
}

function deleteThing(ctx: RouteContext, name: string): Reply {
  return ended(control.deleteThing(ctx, name, versionIn(ctx.query)));
}

/** `expectedVersion` of a query, whose form the route has checked. */
export function versionIn(query: URLSearchParams): number | undefined {
  const text = query.get('expectedVersion');
  return text === null ? undefined : Number(text);
}

/** `expectedVersion` of a body. */
export function readVersion(value: unknown): Result<number | undefined, 'InvalidRequest'> {
  if (value === undefined || value === null) return ok(undefined);
  return Number.isSafeInteger(value)
    ? ok(Number(value))
    : refuse('InvalidRequest', 'expectedVersion must be a whole number');
}
