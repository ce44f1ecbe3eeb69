import type { MeterRow } from '../../../cloud-stub/rows.ts';

/**
 * What AWS IoT Core meters and charges, as data with its source and date. The cloud's meter
 * (`cloud-stub/services/meter.ts`) counts the cost of each message; this file turns the counts into a bill.
 */

/**
 * Metered: CONNECT, SUBSCRIBE, PUBLISH from the device, PUBLISH to the device, the device's PUBACK, a publish over HTTP;
 * each by 5 KB begun of payload and topic. Free: PINGREQ, PINGRESP, DISCONNECT, UNSUBSCRIBE, and the service's CONNACK,
 * SUBACK and PUBACK.
 */
export const meteringRules = {
  source: 'https://aws.amazon.com/iot-core/pricing/additional-details/',
  date: '2026-11-21',
} as const;

/** US dollars for a million, in us-east-1, at the first step of each scale, without the free tier. */
export const prices = {
  source: 'https://aws.amazon.com/iot-core/pricing/',
  date: '2026-09-20',
  region: 'us-east-1',
  connectedMinutes: 0.08,
  messages: 1,
  shadowOperations: 1.25,
  rulesTriggered: 0.15,
  ruleActions: 0.15,
} as const;

/** A typical robot: its use in a month of thirty days. */
export const typicalRobot = {
  missions: 30,
  /** Each mission produces a map. */
  shape: 'map',
  /** Always on; its connection is renewed once a day. */
  connects: 30,
  days: 30,
  connectedMinutes: 30 * 24 * 60,
} as const;

/** A robot's month in metered units. */
export interface Month {
  readonly connectedMinutes: number;
  readonly messages: number;
  readonly shadowOperations: number;
  /** What it sends while idle, besides its connections. */
  readonly idle: { readonly messages: number; readonly shadowOperations: number };
  /** One rule with one action runs for every message from a robot. */
  readonly rulesTriggered: number;
}

/**
 * The typical robot's month, from the meters of this many missions (none: an idle robot), of one connection without
 * missions, and of one day without missions.
 */
export function monthOf(
  { meter, missions }: { meter: MeterRow; missions: number },
  session: MeterRow,
  idleDay: MeterRow,
): Month {
  const per = (count: number) => (missions === 0 ? 0 : (count / missions) * typicalRobot.missions);
  const perConnect = (count: number) =>
    (count / Math.max(1, session.connects)) * typicalRobot.connects;
  const connecting = typicalRobot.connects + perConnect(session.subscribes);
  return {
    connectedMinutes: typicalRobot.connectedMinutes,
    // A message to the robot was first published to AWS over HTTP, which is metered too.
    messages: per(meter.units + meter.unitsDown) + connecting + perConnect(session.jobsRequests),
    shadowOperations: perConnect(session.shadowUnits),
    idle: {
      messages: (idleDay.units + idleDay.unitsDown + idleDay.jobsRequests) * typicalRobot.days,
      shadowOperations: idleDay.shadowUnits * typicalRobot.days,
    },
    rulesTriggered: per(meter.units - meter.unitsDown),
  };
}

/** The month's bill in US dollars, by item. */
export function billOf(month: Month): Bill {
  const million = 1e6;
  const connection = (month.connectedMinutes * prices.connectedMinutes) / million;
  const messages = (month.messages * prices.messages) / million;
  const idle =
    (month.idle.messages * prices.messages +
      month.idle.shadowOperations * prices.shadowOperations) /
    million;
  const rules = month.rulesTriggered * (prices.rulesTriggered + prices.ruleActions);
  const rest = (month.shadowOperations * prices.shadowOperations + rules) / million;
  return { connection, messages, idle, rest, all: connection + messages + idle + rest };
}

export type Bill = Readonly<Record<'connection' | 'messages' | 'idle' | 'rest' | 'all', number>>;
