import { ok, type Result, refuse } from '../../protocol/result.ts';
import { isRobotId, type RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { ThingRow } from '../thing-rows.ts';
import {
  type AttributePayload,
  type Attributes,
  changedAttributes,
  firstAttributes,
  sameAttributes,
} from './attributes.ts';
import { removePending } from './execution-changes.ts';
import { withNotification } from './executions.ts';
import { leaveAll } from './group-changes.ts';
import { ensureThing } from './things.ts';

/** How operators make, change and remove things. Source: AWS IoT API reference, CreateThing and its siblings. */

export type ThingFault =
  | 'InvalidRequest'
  | 'ResourceAlreadyExists'
  | 'ResourceNotFound'
  | 'VersionConflict';

/** AWS: of a thing without a type. */
const attributesMax = 3;

export const attributesOf = ({ attributes = {} }: ThingRow): Attributes => attributes;
export const versionOf = ({ version = 1 }: Pick<ThingRow, 'version'>): number => version;

/** Makes a thing before its robot has come. The same thing again is no error (AWS). */
export function createThing(
  ctx: Context,
  thingName: RobotId,
  payload: AttributePayload | undefined,
): Result<ThingRow, ThingFault> {
  if (!isRobotId(thingName)) {
    return refuse('InvalidRequest', 'thingName must be a robot id, [A-Za-z0-9:_-]{1,64}');
  }
  const attributes = firstAttributes(payload, attributesMax);
  if (!attributes.ok) return attributes;
  if (ctx.store.get('decommissioned', thingName) !== undefined) {
    return refuse('InvalidRequest', `robot ${thingName} is decommissioned`);
  }
  const known = ctx.store.get('things', thingName);
  if (known !== undefined) {
    return sameAttributes(attributesOf(known), attributes.value)
      ? ok(known)
      : refuse('ResourceAlreadyExists', `Thing ${thingName} exists with other attributes`);
  }
  const thing = { ...ensureThing(ctx, thingName), attributes: attributes.value };
  ctx.store.put('things', thingName, thing);
  ctx.log.info({ robotId: thingName }, 'thing made');
  return ok(thing);
}

export function updateThing(
  ctx: Context,
  thingName: RobotId,
  change: { payload: AttributePayload | undefined; expectedVersion: number | undefined },
): Result<null, ThingFault> {
  const thing = ctx.store.get('things', thingName);
  if (thing === undefined) return noThing(thingName);
  const fault = wrongVersion(thing, change.expectedVersion);
  if (fault) return fault;
  const before = attributesOf(thing);
  const attributes = changedAttributes(
    before,
    change.payload ?? { attributes: {}, merge: true },
    attributesMax,
  );
  if (!attributes.ok) return attributes;
  const version = versionOf(thing) + 1;
  ctx.store.put('things', thingName, { ...thing, attributes: attributes.value, version });
  return ok(null);
}

/**
 * Removes a thing, if there is one. Its executions become REMOVED; its shadows stay until they are deleted themselves
 * (AWS: the shadow service does not depend on the registry).
 */
export function deleteThing(
  ctx: Context,
  thingName: RobotId,
  expectedVersion: number | undefined,
): Result<null, ThingFault> {
  const thing = ctx.store.get('things', thingName);
  if (thing === undefined) return ok(null);
  const fault = wrongVersion(thing, expectedVersion);
  if (fault) return fault;
  if ((thing.principals ?? []).length > 0) {
    const message = `Cannot delete. Thing ${thingName} is still attached to one or more principals`;
    return refuse('InvalidRequest', message);
  }
  withNotification(ctx, thingName, () => removePending(ctx, thingName));
  leaveAll(ctx, thingName);
  ctx.store.remove('things', thingName);
  ctx.log.info({ robotId: thingName }, 'thing deleted');
  return ok(null);
}

/** The things, or those with an attribute of this value. */
export function thingsWith(
  ctx: Pick<Context, 'store'>,
  filter: { name: string; value: string; isPrefix: boolean } | undefined,
): ThingRow[] {
  const all = ctx.store.list('things').map(({ value }) => value);
  if (filter === undefined) return all;
  const { name, value, isPrefix } = filter;
  return all.filter((thing) => {
    const text = attributesOf(thing)[name];
    return isPrefix ? text?.startsWith(value) : text === value;
  });
}

export function wrongVersion(
  row: Pick<ThingRow, 'version'>,
  expected: number | undefined,
): Result<never, 'VersionConflict'> | undefined {
  const version = versionOf(row);
  return expected === undefined || expected === version
    ? undefined
    : refuse('VersionConflict', `expected version ${expected}, but it is ${version}`);
}

export const noThing = (name: string): Result<never, 'ResourceNotFound'> =>
  refuse('ResourceNotFound', `Thing ${name} not found`);
