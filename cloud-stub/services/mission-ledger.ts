import { splitMissionId } from '../../protocol/missions.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { LedgerRow } from '../rows.ts';
import { noteInEpoch, noteUnfinished } from './mission-gaps.ts';
import { missionKey } from './mission-identity.ts';

/**
 * The ledger holds a robot's epochs in order of appearance and the highest number in each. A mission that is open while
 * a newer one is known is `orphaned`: its end did not arrive. It is requested (`mission-gaps.ts`), and if the ended
 * document arrives after all, the row becomes `ended`.
 */

const epochsMax = 16;

export function ledgerOf(ctx: Context, robot: RobotId): LedgerRow {
  return ctx.store.get('mission_ledgers', robot) ?? { epochs: [], open: [], dropped: 0 };
}

/** Records an id that was not known before. */
export function noteMission(ledger: LedgerRow, missionId: string): void {
  ledger.epochs = noteInEpoch(ledger.epochs, missionId).slice(-epochsMax);
  ledger.open.push(missionId);
}

/**
 * Marks open missions that cannot end any more as orphaned; removes those that are not open. The caller stores the
 * ledger.
 */
export function closeOrphaned(ctx: Context, robot: RobotId, ledger: LedgerRow): void {
  ledger.open = ledger.open.filter((missionId) => {
    const key = missionKey(ctx, robot, missionId);
    const row = ctx.store.get('missions', key);
    // A mission that has another id by now is checked under that id.
    if (row?.status !== 'open' || row.document.missionId !== missionId) return false;
    if (isNewest(ledger, missionId)) return true;
    ctx.store.put('missions', key, { ...row, status: 'orphaned' });
    ctx.log.info({ robotId: robot, missionId }, 'mission orphaned');
    noteUnfinished(ledger, [missionId]);
    return false;
  });
}

/** Whether the robot made the id `a` after the id `b`, as far as the order of its epochs is known. */
export function isLater(ledger: LedgerRow, a: string, b: string): boolean {
  const [one, other] = [splitMissionId(a), splitMissionId(b)];
  const place = (epoch: string) => ledger.epochs.findIndex((entry) => entry.epoch === epoch);
  return (place(one.epoch) - place(other.epoch) || one.n - other.n) > 0;
}

function isNewest(ledger: LedgerRow, missionId: string): boolean {
  const { epoch, n } = splitMissionId(missionId);
  const current = ledger.epochs.at(-1);
  return current?.epoch === epoch && current.highest === n;
}
