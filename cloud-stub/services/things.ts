import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { CertificateRow } from '../rows.ts';
import type { ThingRow } from '../thing-rows.ts';
import { cancelRetirement } from './retirement.ts';

/** Things, and the certificates attached to them (AWS: principals). */

/** The thing of this name; makes it when there is none yet. */
export function ensureThing(ctx: Context, thingName: RobotId): ThingRow {
  const known = ctx.store.get('things', thingName);
  if (known !== undefined) return known;
  const thing: ThingRow = { thingName, thingId: ctx.entropy(16), createdMs: ctx.nowMs };
  ctx.store.put('things', thingName, thing);
  return thing;
}

/** Attaches the certificate to the thing; makes the thing when there is none yet. */
export function attach(ctx: Context, thingName: RobotId, certificateId: string): void {
  const thing = ensureThing(ctx, thingName);
  attachAgain(ctx, certificateId);
  const { principals = [] } = thing;
  if (principals.includes(certificateId)) return;
  const all = [...principals, certificateId];
  ctx.store.put('things', thingName, { ...thing, principals: forgetOldest(ctx, thingName, all) });
}

function attachAgain(ctx: Context, certificateId: string): void {
  const row = ctx.store.get('certificates', certificateId);
  if (!row?.detached) return;
  const { detached: _gone, ...attached } = row;
  ctx.store.put('certificates', certificateId, attached);
}

/** The most certificates of one thing; beyond that its oldest renewed ones are dropped. */
const principalsMax = 16;

/**
 * A robot may renew forever. A dropped certificate of the renewal CA admits nobody. A dropped factory certificate
 * would count as new again, so those stay.
 */
function forgetOldest(ctx: Context, thing: RobotId, principals: string[]): string[] {
  const live = [ctx.store.get('presence', thing)?.certificateId, principals.at(-1)];
  const oldest = principals.find(
    (id) => !live.includes(id) && ctx.store.get('certificates', id)?.renewed,
  );
  if (principals.length <= principalsMax || oldest === undefined) return principals;
  ctx.store.remove('certificates', oldest);
  cancelRetirement(ctx, oldest);
  ctx.log.info({ robotId: thing, certificateId: oldest }, 'oldest renewed certificate forgotten');
  return principals.filter((id) => id !== oldest);
}

/** Every certificate with the robot's name, including those that were never attached to the thing. */
export const certificatesOf = (ctx: Context, robot: RobotId): CertificateRow[] =>
  ctx.store
    .list('certificates')
    .map(({ value }) => value)
    .filter(({ commonName }) => commonName === robot);
