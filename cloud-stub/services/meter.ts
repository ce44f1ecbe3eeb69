import type { ChannelRow } from '../../protocol/channels.ts';
import { parseTopic } from '../../protocol/parse-topic.ts';
import type { RobotId } from '../../protocol/topics.ts';
import type { Context } from '../core/unit.ts';
import type { MeterRow } from '../rows.ts';

/**
 * Each robot's traffic, and what AWS would meter of it. Counts gather in memory and `flush` stores them, because a
 * durable write for each message would cost more than the message. A crash loses the counts since the last flush.
 */
export interface Meter {
  connect(robot: RobotId): void;
  subscribe(robot: RobotId): void;
  count(direction: 'in' | 'out', message: Metered): void;
  /** Adds what gathered to the rows of a unit of work. After its commit the returned function is called. */
  flush(store: Context['store']): () => void;
}

export interface Metered {
  readonly robot: RobotId;
  readonly topic: string;
  /** The payload's length. */
  readonly bytes: number;
  /** The service that the topic belongs to, when the caller has already determined it. */
  readonly service?: ChannelRow['service'] | undefined;
}

export function createMeter(): Meter {
  const gathered = new Map<RobotId, MeterRow>();
  const rowOf = (robot: RobotId): MeterRow => {
    const row = gathered.get(robot) ?? emptyMeter();
    gathered.set(robot, row);
    return row;
  };
  return {
    connect(robot) {
      rowOf(robot).connects += 1;
    },
    subscribe(robot) {
      rowOf(robot).subscribes += 1;
    },
    count(direction, { robot, topic, bytes, service = parseTopic(topic)?.channel.service }) {
      const row = rowOf(robot);
      row[direction === 'in' ? 'messagesIn' : 'messagesOut'] += 1;
      row[direction === 'in' ? 'bytesIn' : 'bytesOut'] += bytes;
      if (service === 'own') {
        // AWS IoT Core pricing: payload and topic in steps of 5 KB; Basic Ingest is charged by its rules and actions
        // only.
        const metered = bytes + Buffer.byteLength(topic);
        const units = topic.startsWith('$aws/rules/') ? 0 : steps(metered, meteredStepBytes);
        row.units += units;
        if (direction === 'out') row.unitsDown += units;
      } else if (direction === 'in' && service === 'shadow') row.shadowUnits += steps(bytes, 1024);
      else if (direction === 'in' && service === 'jobs') row.jobsRequests += 1;
    },
    flush(store) {
      for (const [robot, more] of gathered) {
        const total = store.get('meters', robot) ?? emptyMeter();
        for (const column of columns) total[column] = (total[column] ?? 0) + more[column];
        store.put('meters', robot, total);
      }
      return () => gathered.clear();
    },
  };
}

const meteredStepBytes = 5 * 1024;

const steps = (bytes: number, stepBytes: number): number =>
  Math.max(1, Math.ceil(bytes / stepBytes));

export const emptyMeter = (): MeterRow => ({
  connects: 0,
  subscribes: 0,
  messagesIn: 0,
  bytesIn: 0,
  messagesOut: 0,
  bytesOut: 0,
  units: 0,
  unitsDown: 0,
  shadowUnits: 0,
  jobsRequests: 0,
});

const columns = Object.keys(emptyMeter()) as (keyof MeterRow)[];
