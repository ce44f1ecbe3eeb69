import { PilotfishError } from '../../base/errors.ts';
import { plain, table } from '../../base/text.ts';
import type { OperatorClient } from '../operator-client.ts';
import type { MeterRow } from '../rows.ts';
import { nothingOf } from './known-robot.ts';

/** `cloud-stub meters`: each robot's traffic, and what AWS would meter of it. */

export type Meters = Readonly<Record<string, MeterRow>>;

export async function fetchMeters(
  client: OperatorClient,
  { robot }: { robot: string | undefined },
): Promise<Meters> {
  const meters = await client.meters();
  if (robot === undefined) return meters;
  const row = Object.hasOwn(meters, robot) ? meters[robot] : undefined;
  if (row !== undefined) return { [robot]: row };
  await nothingOf(client, robot);
  throw new PilotfishError('meter-none', `${robot} has sent and received nothing yet`);
}

export const showMeters = (meters: Meters): string =>
  table(
    ['ROBOT', 'CONNECTS', 'IN', 'BYTES', 'OUT', 'BYTES', 'UNITS', 'SHADOW', 'JOBS'],
    Object.entries(meters).map(([robot, meter]) => [
      plain(robot),
      ...[meter.connects, meter.messagesIn, meter.bytesIn, meter.messagesOut].map(String),
      ...[meter.bytesOut, meter.units, meter.shadowUnits, meter.jobsRequests].map(String),
    ]),
    'no traffic yet',
  );
