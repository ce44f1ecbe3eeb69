import type { RobotId } from '../../protocol/topics.ts';
import type { Reads } from '../core/store.ts';
import type { PresenceRow, ShadowRow, Table } from '../rows.ts';
import type { ThingRow } from '../thing-rows.ts';
import { groupsOf } from './group-members.ts';
import { liveShadows } from './shadows.ts';

/** The rows that the fleet index is made of. Each belongs to one thing. */
export interface ThingRows {
  readonly thing: ThingRow;
  readonly groups: readonly string[];
  /** The classic shadow has no name. */
  readonly shadows: readonly { readonly name?: string; readonly row: ShadowRow }[];
  /** Absent: it has never connected. */
  readonly presence?: PresenceRow;
}

/** The tables of these rows. Their keys begin with the thing's name. */
export const fleetTables: ReadonlySet<Table> = new Set([
  ...(['things', 'memberships', 'shadows', 'presence'] as const),
]);

/** Undefined for a name that is not registered: its shadows and connections are not indexed (AWS). */
export function readThing(
  store: Pick<Reads, 'get' | 'list'>,
  name: RobotId,
): ThingRows | undefined {
  const thing = store.get('things', name);
  if (thing === undefined) return undefined;
  const presence = store.get('presence', name);
  return {
    thing,
    groups: groupsOf({ store }, name),
    shadows: liveShadows(store, name),
    ...(presence === undefined ? {} : { presence }),
  };
}
