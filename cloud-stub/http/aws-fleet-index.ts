import { ok, type Result, refuse } from '../../protocol/result.ts';
import { isRobotId, type RobotId } from '../../protocol/topics.ts';
import { documentOf, type ThingDocument } from '../services/fleet-document.ts';
import { parseQuery } from '../services/fleet-parser.ts';
import type { Query } from '../services/fleet-query.ts';
import { readThing } from '../services/fleet-rows.ts';
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

/** AWS IoT's paths for the index of things (client-iot), and our own for the index itself. */
export const fleetIndexRoutes: readonly Route[] = [
  {
    operation: 'SearchIndex',
    method: 'POST',
    path: '/indices/search',
    body: ['indexName', 'queryString', 'nextToken', 'maxResults', 'queryVersion'],
    serve: searchIndex,
  },
  {
    operation: 'ListIndices',
    method: 'GET',
    path: '/indices',
    query: ['nextToken', 'maxResults'],
    serve: listIndices,
  },
  { operation: 'DescribeIndex', method: 'GET', path: '/indices/{}', serve: describeIndex },
  {
    operation: 'GetIndexingConfiguration',
    method: 'GET',
    path: '/indexing/config',
    serve: () => reply(configuration),
  },
  {
    method: 'GET',
    path: '/pilotfish/index',
    serve: ({ process }) => reply(process.fleet.state()),
  },
  {
    method: 'POST',
    path: '/pilotfish/index/rebuild',
    serve: ({ process, store }) => reply(process.fleet.rebuild(store)),
  },
];

const things = 'AWS_Things';
const queryVersion = '2017-09-30';
/** AWS: of one page. */
const resultsMax = 100;
/** A page has fewer results when they are large: a thing may have 65 shadows of 8 KB. */
const pageCharactersMax = 1024 * 1024;

function searchIndex({ process, store, body }: RouteContext): Reply {
  const search = readSearch(readJson(body) ?? {});
  if (!search.ok) return fault(search.code, search.message);
  const { query, after, max } = search.value;
  const names = process.fleet.search(store, query, { after, max: max + 1 });
  const page: ThingDocument[] = [];
  let characters = 0;
  for (const name of names.slice(0, max)) {
    const rows = readThing(store, name);
    if (rows === undefined) continue;
    const document = documentOf(rows);
    characters += JSON.stringify(document).length;
    if (page.length > 0 && characters > pageCharactersMax) break;
    page.push(document);
  }
  const last = page.at(-1)?.thingName;
  const isMore = last !== undefined && names.at(-1) !== last;
  return reply({ things: page, ...(isMore ? { nextToken: tokenOf(last) } : {}) });
}

interface Search {
  readonly query: Query;
  readonly after: RobotId | undefined;
  readonly max: number;
}

function readSearch(
  fields: Readonly<Record<string, unknown>>,
): Result<Search, 'InvalidRequest' | 'InvalidQuery' | 'ResourceNotFound'> {
  const index = fields['indexName'] ?? things;
  if (!isIndexName(index)) return refuse('InvalidRequest', `indexName must be ${things}`);
  if (index !== things) return noIndex(index);
  if ((fields['queryVersion'] ?? queryVersion) !== queryVersion) {
    return refuse('InvalidRequest', `queryVersion must be ${queryVersion}`);
  }
  const max = Number(fields['maxResults'] ?? resultsMax);
  const isCount = typeof (fields['maxResults'] ?? max) === 'number' && Number.isInteger(max);
  if (!isCount || max < 1 || max > resultsMax) {
    return refuse('InvalidRequest', `maxResults must be 1 to ${resultsMax}`);
  }
  const after = nameIn(fields['nextToken'] ?? undefined);
  if (!after.ok) return after;
  const text = fields['queryString'];
  if (typeof text !== 'string' || text === '') {
    return refuse('InvalidRequest', 'queryString is required');
  }
  const query = parseQuery(text);
  return query.ok ? ok({ query: query.value, after: after.value, max }) : query;
}

const isIndexName = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-zA-Z0-9:_-]{1,128}$/.test(value);

const noIndex = (name: string): Result<never, 'ResourceNotFound'> =>
  refuse('ResourceNotFound', `Index ${name} not found`);

/** A page goes on behind the last thing of the one before, whatever has come or gone meanwhile. */
const tokenOf = (name: RobotId): string => Buffer.from(name).toString('base64url');

function nameIn(token: unknown): Result<RobotId | undefined, 'InvalidRequest'> {
  if (token === undefined) return ok(undefined);
  const name = typeof token === 'string' ? Buffer.from(token, 'base64url').toString() : '';
  return isRobotId(name) && tokenOf(name) === token
    ? ok(name)
    : refuse('InvalidRequest', 'nextToken is not one of this index');
}

function listIndices({ query }: RouteContext): Reply {
  const { page, next } = pageOf([things], query);
  return reply({ indexNames: page, ...(next ? { nextToken: next } : {}) });
}

/** The index follows each commit at once, so it is always active. */
function describeIndex(_ctx: RouteContext, name = ''): Reply {
  if (name === things) {
    return reply({ indexName: name, indexStatus: 'ACTIVE', schema: 'MULTI_INDEXING_MODE' });
  }
  if (!isIndexName(name)) return fault('InvalidRequest', 'indexName must be [a-zA-Z0-9:_-]{1,128}');
  return ended(noIndex(name));
}

/** AWS needs a filter with the names of the named shadows; here all of them are indexed. */
const configuration = {
  thingIndexingConfiguration: {
    ...{ thingIndexingMode: 'REGISTRY_AND_SHADOW', thingConnectivityIndexingMode: 'STATUS' },
    ...{ deviceDefenderIndexingMode: 'OFF', namedShadowIndexingMode: 'ON' },
    managedFields: [
      ...['thingName', 'thingId', 'registry.thingGroupNames', 'connectivity.disconnectReason'].map(
        (name) => ({ name, type: 'String' }),
      ),
      ...['shadow.hasDelta', 'shadow.name.*.hasDelta', 'connectivity.connected'].map((name) => ({
        ...{ name, type: 'Boolean' },
      })),
      { name: 'connectivity.timestamp', type: 'Number' },
    ],
  },
  thingGroupIndexingConfiguration: { thingGroupIndexingMode: 'OFF' },
};
