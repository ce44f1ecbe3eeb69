import { ok, type Result, refuse } from '../../protocol/result.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { CertificateRow } from '../rows.ts';
import { cancelRetirement } from './retirement.ts';
import { noThing } from './thing-control.ts';
import { attach } from './things.ts';

/**
 * Which certificates are attached to which thing, for operators. A detached certificate admits nobody from its next
 * connection on, as with the policy of `docs/aws.md`: that has the condition `iot:Connection.Thing.IsAttached`. A
 * connection that is open stays. Source: AWS IoT API reference, AttachThingPrincipal and its siblings.
 */

export type PrincipalFault =
  | 'CertificateState'
  | 'DeleteConflict'
  | 'InvalidRequest'
  | 'ResourceNotFound';

/**
 * AWS attaches any certificate to any thing, and the policy above then admits it under the thing's name. Here a robot has
 * the name in its certificate, so another one's is refused: it would have no effect.
 */
export function attachPrincipal(
  ctx: Context,
  thingName: RobotId,
  certificateId: string,
): Result<null, PrincipalFault> {
  if (ctx.store.get('things', thingName) === undefined) return noThing(thingName);
  const row = ctx.store.get('certificates', certificateId);
  if (row === undefined) return noCertificate;
  if (row.commonName !== thingName) {
    const message = `the certificate is of ${row.commonName}: here it admits no robot of another name`;
    return refuse('InvalidRequest', message);
  }
  attach(ctx, thingName, certificateId);
  ctx.log.info({ robotId: thingName, certificateId }, 'certificate attached');
  return ok(null);
}

export function detachPrincipal(
  ctx: Context,
  thingName: RobotId,
  certificateId: string,
): Result<null, PrincipalFault> {
  const thing = ctx.store.get('things', thingName);
  if (thing === undefined) return noThing(thingName);
  const { principals = [] } = thing;
  if (!principals.includes(certificateId)) {
    return refuse('ResourceNotFound', `the certificate is not attached to ${thingName}`);
  }
  const others = principals.filter((id) => id !== certificateId);
  ctx.store.put('things', thingName, { ...thing, principals: others });
  const row = ctx.store.get('certificates', certificateId);
  if (row) ctx.store.put('certificates', certificateId, { ...row, detached: true });
  ctx.log.info({ robotId: thingName, certificateId }, 'certificate detached');
  return ok(null);
}

/** The ids of a thing's certificates, in the order in which they were attached. */
export function principalsOf(
  { store }: Pick<Context, 'store'>,
  thingName: RobotId,
): Result<string[], PrincipalFault> {
  const thing = store.get('things', thingName);
  return thing === undefined ? noThing(thingName) : ok(thing.principals ?? []);
}

/** The thing that the certificate is attached to, if any. */
export function thingsOf(
  { store }: Pick<Context, 'store'>,
  certificateId: string,
): Result<RobotId[], PrincipalFault> {
  const row = store.get('certificates', certificateId);
  return row === undefined ? noCertificate : ok(isAttached(store, row) ? [row.commonName] : []);
}

/** A factory certificate that was deleted counts as new when it comes again (AWS: just-in-time registration). */
export function deleteCertificate(
  ctx: Context,
  certificateId: string,
): Result<null, PrincipalFault> {
  const row = ctx.store.get('certificates', certificateId);
  if (row === undefined) return noCertificate;
  if (row.status === 'ACTIVE') {
    return refuse('CertificateState', 'an ACTIVE certificate is to be set INACTIVE first');
  }
  if (isAttached(ctx.store, row)) {
    return refuse('DeleteConflict', `the certificate is still attached to thing ${row.commonName}`);
  }
  cancelRetirement(ctx, certificateId);
  ctx.store.remove('certificates', certificateId);
  ctx.log.info({ robotId: row.commonName, certificateId }, 'certificate deleted');
  return ok(null);
}

const isAttached = (
  store: Context['store'],
  { commonName, certificateId }: CertificateRow,
): boolean => store.get('things', commonName)?.principals?.includes(certificateId) === true;

const noCertificate = refuse('ResourceNotFound', 'The certificate does not exist');
