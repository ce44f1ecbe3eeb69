import type { Option } from '../../base/command.ts';
import { paragraph, plain, table, utcMinute } from '../../base/text.ts';
import type { OperatorClient } from '../operator-client.ts';
import type { ThingDocument } from '../services/fleet-document.ts';
import type { FleetIndexState } from '../services/fleet-index.ts';

/** `cloud-stub search` and `cloud-stub index`: the fleet index. */

export const searchOptions = {
  query: {
    type: 'string',
    value: 'QUERY',
    required: true,
    describe: "AWS's query language: 'connectivity.connected:false'",
  },
  limit: { type: 'integer', default: 50, min: 1, max: 10_000, describe: 'the first so many' },
} as const satisfies Record<string, Option>;

export interface FoundThings {
  readonly things: readonly ThingDocument[];
  /** There are more than the limit. */
  readonly isMore: boolean;
}

/** AWS: of one page. */
const pageMax = 100;

/** Throws `invalid-query`. */
export async function searchFleet(
  client: OperatorClient,
  { query, limit }: { query: string; limit: number },
): Promise<FoundThings> {
  const things: ThingDocument[] = [];
  let nextToken: string | undefined;
  do {
    const maxResults = Math.min(pageMax, limit - things.length);
    const page = await client.searchIndex({
      ...{ queryString: query, maxResults },
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    things.push(...page.things);
    ({ nextToken } = page);
  } while (nextToken !== undefined && things.length < limit);
  return { things, isMore: nextToken !== undefined };
}

export function showFoundThings({ things, isMore }: FoundThings): string {
  const rows = table(
    ['THING', 'LINK', 'SINCE (UTC)', 'GROUPS', 'ATTRIBUTES'],
    things.map(({ thingName, connectivity, thingGroupNames = [], attributes = {} }) => [
      plain(thingName),
      connectivity === undefined ? 'never seen' : linkOf(connectivity.connected),
      connectivity === undefined ? '-' : utcMinute(connectivity.timestamp),
      thingGroupNames.join(',') || '-',
      attributesOf(attributes) || '-',
    ]),
    'no thing matches',
  );
  return isMore ? `${rows}\n\nthere are more: raise --limit` : rows;
}

const linkOf = (isConnected: boolean): string => (isConnected ? 'connected' : 'disconnected');

const attributesOf = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => plain(`${name}=${value}`))
    .join(' ');

export const indexOptions = {
  rebuild: { type: 'boolean', describe: 'computes it from the rows again first' },
} as const satisfies Record<string, Option>;

export interface IndexReport extends FleetIndexState {
  /** Of a rebuild: the things whose kept fields were not what the rows say. */
  readonly differed?: readonly string[];
}

export async function reportIndex(
  client: OperatorClient,
  { rebuild }: { rebuild: boolean },
): Promise<IndexReport> {
  const rebuilt = rebuild ? await client.rebuildIndex() : undefined;
  const state = await client.indexState();
  return { ...state, ...(rebuilt === undefined ? {} : { differed: rebuilt.differed }) };
}

export function showIndex({ isBuilt, things, kept, stale, differed }: IndexReport): string {
  return paragraph('AWS_Things', [
    ['rebuilt', differed && `from the rows; ${differedText(differed)}`],
    ['things', isBuilt ? String(things) : 'the next search computes them from the rows'],
    ['in memory', isBuilt ? `${kept} of ${things}` : undefined],
    ['changed', isBuilt ? `${stale}, computed again by the next search` : undefined],
  ]);
}

/** A difference is a fault of this program, so it is worth a report. */
const differedText = (names: readonly string[]): string =>
  names.length === 0 ? 'nothing differed' : `these differed, which is a fault: ${names.join(' ')}`;
