import { type Result, refuse } from '../../protocol/result.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { Reads } from '../core/store.ts';

/** Which things are in which groups. Each membership is a row of the group, and one of the thing. */

interface Rows {
  readonly store: Pick<Reads, 'get' | 'list'>;
}

/** The things of a group, by name. */
export const membersOf = ({ store }: Rows, group: string): RobotId[] =>
  store.list('group_members', `${group}/`).map(({ key }) => key.slice(group.length + 1));

/** The groups of a thing, by name. */
export const groupsOf = ({ store }: Rows, thing: RobotId): string[] =>
  store.list('memberships', `${thing}/`).map(({ key }) => key.slice(thing.length + 1));

export const isMember = ({ store }: Rows, group: string, thing: RobotId): boolean =>
  store.get('group_members', `${group}/${thing}`) !== undefined;

export const noGroup = (name: string): Result<never, 'ResourceNotFound'> =>
  refuse('ResourceNotFound', `Thing group ${name} not found`);
