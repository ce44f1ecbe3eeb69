import type { MeterRow } from '../../../cloud-stub/rows.ts';
import { agentStatus } from '../board.ts';
import { bytesText } from '../text.ts';
import { wrong } from '../watch.ts';
import { countText } from '../words.ts';
import type { World } from '../world.ts';
import type { CloudUp } from './cloud.ts';
import type { MapStored } from './map.ts';
import type { Updated } from './update.ts';

export interface Summary {
  readonly facts: MeterRow & {
    readonly metered: number;
    readonly confirmed: number;
    readonly reconnects: number;
    readonly mapBytes: number;
    readonly updateMs: number;
    readonly dayMs: number;
  };
}

/** The figures of this demo alone, whatever the meters have counted since the robot's first one. */
export async function sumUp(
  world: World,
  day: { cloud: CloudUp; map: MapStored; updated: Updated; elapsedMs: () => number },
): Promise<Summary> {
  const { robot, screen } = world;
  const { cloud, map, updated } = day;
  const meter = (await cloud.operator.meters())[robot];
  if (meter === undefined) throw wrong(`a meter of ${robot}`, 'none');
  const today = since(cloud.meter, meter);
  const { missions } = await agentStatus(world);
  const updateMs = updated.facts.good.ms;
  const reconnects = today.connects - 1;
  // AWS has separate meters: messages, shadow operations, jobs requests.
  const metered = today.units + today.shadowUnits + today.jobsRequests;
  screen.say('up', `${today.messagesIn} messages, ${bytesText(today.bytesIn)}`);
  screen.say('down', `${today.messagesOut} messages, ${bytesText(today.bytesOut)}`);
  screen.say(
    'metered',
    `${metered} by AWS's rules: ${today.units} messages in steps of 5 KB, ${today.shadowUnits} shadow operations, ${today.jobsRequests} jobs requests`,
  );
  screen.say(
    'reports',
    `${countText(missions.confirmed, 'mission')} confirmed by the cloud, ${missions.unconfirmed} not yet`,
  );
  screen.say(
    'link',
    `${countText(reconnects, 'reconnect')}: one by the cut, the others by reboots`,
  );
  screen.say('map', bytesText(map.facts.bytes));
  screen.say('update', `${(updateMs / 1000).toFixed(1)} s from the job to SUCCEEDED`);
  const dayMs = day.elapsedMs();
  screen.say('wall time', `${(dayMs / 1000).toFixed(1)} s`);
  const { confirmed } = missions;
  const mapBytes = map.facts.bytes;
  return { facts: { ...today, metered, confirmed, reconnects, mapBytes, updateMs, dayMs } };
}

function since(before: MeterRow, now: MeterRow): MeterRow {
  const names = Object.keys(now) as (keyof MeterRow)[];
  const entries = names.map((name) => [name, now[name] - before[name]]);
  return Object.fromEntries(entries) as unknown as MeterRow;
}
