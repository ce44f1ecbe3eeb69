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
    readonly demoMs: number;
  };
}

/** The figures of this demo alone, whatever the meters have counted since the robot's first one. */
export async function sumUp(
  world: World,
  results: { cloud: CloudUp; map: MapStored; updated: Updated; elapsedMs: () => number },
): Promise<Summary> {
  const { robot, screen } = world;
  const { cloud, map, updated } = results;
  const meter = (await cloud.operator.meters())[robot];
  if (meter === undefined) throw wrong(`a meter of ${robot}`, 'none');
  const used = metersSince(cloud.meter, meter);
  const { missions } = await agentStatus(world);
  const updateMs = updated.facts.good.ms;
  const reconnects = used.connects - 1;
  // AWS has separate meters: messages, shadow operations, jobs requests.
  const metered = used.units + used.shadowUnits + used.jobsRequests;
  screen.say('up', `${used.messagesIn} messages, ${bytesText(used.bytesIn)}`);
  screen.say('down', `${used.messagesOut} messages, ${bytesText(used.bytesOut)}`);
  screen.say(
    'metered',
    `${metered} by AWS's rules: ${used.units} messages in steps of 5 KB, ${used.shadowUnits} shadow operations, ${used.jobsRequests} jobs requests`,
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
  const demoMs = results.elapsedMs();
  screen.say('wall time', `${(demoMs / 1000).toFixed(1)} s`);
  const { confirmed } = missions;
  const mapBytes = map.facts.bytes;
  return { facts: { ...used, metered, confirmed, reconnects, mapBytes, updateMs, demoMs } };
}

function metersSince(before: MeterRow, now: MeterRow): MeterRow {
  const names = Object.keys(now) as (keyof MeterRow)[];
  const entries = names.map((name) => [name, now[name] - before[name]]);
  return Object.fromEntries(entries) as unknown as MeterRow;
}
