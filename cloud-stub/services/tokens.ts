import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { OwnershipToken, RenewalRow } from '../rows.ts';
import { sha256Hex } from '../sigv4.ts';
import { setTimer } from './timers.ts';

/**
 * Ownership tokens of certificates made from requests. A token is random and valid for one certificate, the requesting
 * robot and the certificate that the robot used for the request. It expires after an hour, together with the
 * certificate if that was not activated. Only its hash is stored. All of a robot's tokens are one row, so they are
 * bounded together.
 */

const hourMs = 3_600_000;

/** Makes a token for a stored certificate. Beyond the robot's bound its oldest token expires at once. */
export function issueToken(
  ctx: Context,
  robot: RobotId,
  about: Pick<OwnershipToken, 'certificateId' | 'keyHash' | 'requestedBy'>,
): string {
  const token = ctx.entropy(32);
  const row = rowOf(ctx, robot);
  const made = { ...about, hash: sha256Hex(token), expiresMs: ctx.nowMs + ctx.config.tokenLifeMs };
  const tokens = [...row.tokens, made];
  storeRow(ctx, robot, { ...row, tokens: tokens.slice(-ctx.config.tokensMax) });
  removeUnowned(ctx, robot, tokens);
  return token;
}

/** The robot's live token with this hash, when it was issued to the same certificate. */
export const findToken = (
  ctx: Context,
  robot: RobotId,
  { hash, requestedBy }: { hash: string; requestedBy: string },
): OwnershipToken | undefined =>
  rowOf(ctx, robot).tokens.find(
    (token) =>
      token.hash === hash && token.requestedBy === requestedBy && token.expiresMs > ctx.nowMs,
  );

/** The certificate that was already made for this key and still waits for its token. */
export function pendingFor(
  ctx: Context,
  robot: RobotId,
  { keyHash, requestedBy }: { keyHash: string; requestedBy: string },
): string | undefined {
  const found = rowOf(ctx, robot).tokens.find(
    (token) =>
      token.keyHash === keyHash &&
      token.requestedBy === requestedBy &&
      token.expiresMs > ctx.nowMs &&
      ctx.store.get('certificates', token.certificateId)?.status === 'PENDING_ACTIVATION',
  );
  return found?.certificateId;
}

export function noteUsed(ctx: Context, robot: RobotId, used: OwnershipToken): void {
  const row = rowOf(ctx, robot);
  const tokens = row.tokens.map((token) =>
    token.hash === used.hash ? { ...token, usedMs: ctx.nowMs } : token,
  );
  storeRow(ctx, robot, { ...row, tokens });
}

/** Whether the robot may request one more certificate within this hour. */
export const mayCreate = (ctx: Context, robot: RobotId): boolean =>
  recentRequests(ctx, rowOf(ctx, robot)).length < ctx.config.certificatesPerHourMax;

export function noteCreated(ctx: Context, robot: RobotId): void {
  const row = rowOf(ctx, robot);
  storeRow(ctx, robot, { ...row, createdMs: [...recentRequests(ctx, row), ctx.nowMs] });
}

/** Removes a robot's expired tokens, and its certificates that were not activated in time. */
export function sweepTokens(ctx: Context, robot: RobotId): void {
  const row = rowOf(ctx, robot);
  const tokens = row.tokens.filter(({ expiresMs }) => expiresMs > ctx.nowMs);
  storeRow(ctx, robot, { tokens, createdMs: recentRequests(ctx, row) });
  removeUnowned(ctx, robot, row.tokens);
}

/** The robot is decommissioned. */
export const forgetTokens = (ctx: Context, robot: RobotId): void =>
  storeRow(ctx, robot, { tokens: [], createdMs: [] });

/** Removes the certificates of `tokens` that wait for a token but no longer have one. */
function removeUnowned(ctx: Context, robot: RobotId, tokens: readonly OwnershipToken[]): void {
  const owned = new Set(rowOf(ctx, robot).tokens.map(({ certificateId }) => certificateId));
  for (const { certificateId } of tokens) {
    if (owned.has(certificateId)) continue;
    if (ctx.store.get('certificates', certificateId)?.status !== 'PENDING_ACTIVATION') continue;
    ctx.store.remove('certificates', certificateId);
    ctx.log.info({ robotId: robot, certificateId }, 'unused certificate removed');
  }
}

const rowOf = (ctx: Context, robot: RobotId): RenewalRow =>
  ctx.store.get('renewals', robot) ?? { tokens: [], createdMs: [] };

const recentRequests = (ctx: Context, { createdMs }: RenewalRow): number[] =>
  createdMs.filter((ms) => ms > ctx.nowMs - hourMs);

function storeRow(ctx: Context, robot: RobotId, row: RenewalRow): void {
  if (row.tokens.length + row.createdMs.length === 0) ctx.store.remove('renewals', robot);
  else ctx.store.put('renewals', robot, row);
  const ends = [
    ...row.tokens.map(({ expiresMs }) => expiresMs),
    ...row.createdMs.map((ms) => ms + hourMs),
  ];
  const dueMs = ends.length === 0 ? undefined : Math.min(...ends);
  setTimer(ctx, { kind: 'tokens', id: robot }, dueMs);
}
