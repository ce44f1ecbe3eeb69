import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../ports.ts';
import type { CertificateRow, ThingRow } from '../rows.ts';

/** Things, and the certificates that are theirs (AWS: principals). */

/** The thing of this name, made when there is none yet. */
export function ensureThing(ctx: Context, thingName: RobotId): ThingRow {
  const known = ctx.store.get('things', thingName);
  if (known !== undefined) return known;
  const thing: ThingRow = { thingName, thingId: ctx.entropy(16), createdMs: ctx.nowMs };
  ctx.store.put('things', thingName, thing);
  return thing;
}

/** Makes the certificate the thing's own, and the thing when there is none yet. */
export function attach(ctx: Context, thingName: RobotId, certificateId: string): void {
  const thing = ensureThing(ctx, thingName);
  const { principals = [] } = thing;
  if (principals.includes(certificateId)) return;
  const all = [...principals, certificateId];
  ctx.store.put('things', thingName, { ...thing, principals: forgetOldest(ctx, thingName, all) });
}

/** Certificates of one thing, beyond which its oldest renewed ones are forgotten. */
const principalsMax = 16;

/**
 * A robot may renew for ever. A forgotten certificate of the renewal CA lets nobody in; the factory's would be seen as
 * new ones again, so they stay.
 */
function forgetOldest(ctx: Context, thing: RobotId, principals: string[]): string[] {
  const live = [ctx.store.get('presence', thing)?.certificateId, principals.at(-1)];
  const oldest = principals.find(
    (id) => !live.includes(id) && ctx.store.get('certificates', id)?.renewed,
  );
  if (principals.length <= principalsMax || oldest === undefined) return principals;
  ctx.store.remove('certificates', oldest);
  ctx.store.remove('retirements', oldest);
  ctx.log.info({ robotId: thing, certificateId: oldest }, 'oldest renewed certificate forgotten');
  return principals.filter((id) => id !== oldest);
}

/** Every certificate that bears the robot's name, also those that never became the thing's own. */
export const certificatesOf = (ctx: Context, robot: RobotId): CertificateRow[] =>
  ctx.store
    .list('certificates')
    .map(({ value }) => value)
    .filter(({ commonName }) => commonName === robot);
