import { encode, jsonBytes } from '../../protocol/codec.ts';
import { limits } from '../../protocol/limits.ts';
import { downTopic, type RobotId } from '../../protocol/topics.ts';
import type { Confirmed, Outbound } from '../core/messages.ts';

/** As few messages as possible, each within one metered unit: the keys, and each map's grant beside its key. */
export function confirm(robot: RobotId, confirmed: readonly Confirmed[]): Outbound[] {
  const lists: Confirmed[][] = [];
  let room = 0;
  for (const entry of confirmed) {
    const bytes = jsonBytes(entry) + 8;
    const list = lists.at(-1);
    const fits = bytes <= room && (list?.length ?? 0) < limits.reportsPerListMax;
    if (list !== undefined && fits) list.push(entry);
    else lists.push([entry]);
    room = (list !== undefined && fits ? room : limits.reportListBytes - 64) - bytes;
  }
  return lists.map((entries) => {
    const grants = entries.flatMap(({ grant }) => grant ?? []);
    return {
      robot,
      topic: downTopic(robot, 'missions/report/accepted'),
      payload: encode('ReportsAccepted', {
        v: 1,
        accepted: entries.map(({ key }) => key),
        ...(grants.length > 0 ? { grants } : {}),
      }),
    };
  });
}
