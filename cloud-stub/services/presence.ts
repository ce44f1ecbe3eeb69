import type { RobotId } from '../../protocol/topics.ts';
import { type DisconnectReason, jsonPayload, type Outbound } from '../core/messages.ts';
import type { Context } from '../core/unit.ts';
import type { PresenceRow } from '../rows.ts';

// AWS IoT developer guide, "Lifecycle events". Both events of one connection carry the same version number.

export interface ConnectionInfo {
  readonly certificateId: string;
  readonly ipAddress?: string;
  /** Identifies this connection; `disconnected` passes it back. Made here when absent. */
  readonly sessionId?: string;
}

export const isConnected = (ctx: Context, robot: RobotId): boolean =>
  ctx.store.get('presence', robot)?.state === 'connected';

export function connected(ctx: Context, robot: RobotId, info: ConnectionInfo): void {
  const row: PresenceRow = {
    state: 'connected',
    sinceMs: ctx.nowMs,
    version: (ctx.store.get('presence', robot)?.version ?? -1) + 1,
    ...info,
    sessionId: info.sessionId ?? ctx.entropy(16),
  };
  ctx.store.put('presence', robot, row);
  ctx.log.info({ robotId: robot, certificateId: info.certificateId }, 'robot connected');
  ctx.emit(event(ctx, robot, row));
}

/**
 * `sessionId` names the connection that ended. The end of an older connection, received after a newer one began,
 * changes nothing. Without `sessionId` the current connection is meant.
 */
export function disconnected(
  ctx: Context,
  robot: RobotId,
  { reason, sessionId }: { reason: DisconnectReason; sessionId?: string },
): void {
  const current = ctx.store.get('presence', robot);
  if (current?.state !== 'connected') return;
  if (sessionId !== undefined && sessionId !== current.sessionId) return;
  const row: PresenceRow = { ...current, state: 'disconnected', sinceMs: ctx.nowMs, reason };
  ctx.log.info({ robotId: robot, reason }, 'robot disconnected');
  ctx.store.put('presence', robot, row);
  ctx.emit(event(ctx, robot, row));
}

/** After a start: robots that were stored as connected no longer are. */
export function forgetConnections(ctx: Context): void {
  for (const { key } of ctx.store.list('presence')) {
    disconnected(ctx, key, { reason: 'SERVER_ERROR' });
  }
}

function event(ctx: Context, robot: RobotId, row: PresenceRow): Outbound {
  const { state, reason } = row;
  const more =
    state === 'connected'
      ? { ipAddress: row.ipAddress }
      : {
          clientInitiatedDisconnect: reason === 'CLIENT_INITIATED_DISCONNECT',
          disconnectReason: reason,
        };
  return {
    topic: `$aws/events/presence/${state}/${robot}`,
    payload: jsonPayload({
      clientId: robot,
      timestamp: ctx.nowMs,
      eventType: state,
      sessionIdentifier: row.sessionId,
      principalIdentifier: row.certificateId,
      versionNumber: row.version,
      ...more,
    }),
  };
}
