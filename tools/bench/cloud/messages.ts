/** What robots publish most. */

export const kinds = ['reports', 'shadow updates', 'shadow gets'] as const;
export type MessageKind = (typeof kinds)[number];

const topics: Readonly<Record<MessageKind, (robot: string) => string>> = {
  reports: (robot) => `robots/${robot}/up/missions/report`,
  'shadow updates': (robot) => `$aws/things/${robot}/shadow/update`,
  'shadow gets': (robot) => `$aws/things/${robot}/shadow/get`,
};

export const topicOf = (kind: MessageKind, robot: string): string => topics[kind](robot);

/** The payload of a robot's message number `n`, from 0. */
export const encode = (kind: MessageKind, n: number): Uint8Array =>
  new TextEncoder().encode(JSON.stringify(bodies[kind](n)));

const bodies: Readonly<Record<MessageKind, (n: number) => object>> = {
  reports: (n) => ({ v: 1, reports: [endedMission(n + 1)] }),
  'shadow updates': (n) => ({
    state: { reported: { batteryPct: n % 101, dock: { isCharging: n % 2 === 0 } } },
  }),
  'shadow gets': () => ({}),
};

function endedMission(n: number): object {
  const at = { wallMs: Date.UTC(2026, 0, 1), quality: 'synced', boot: 1, monoMs: 1000 * n };
  return {
    ...{ v: 1, missionId: `00000000000000aa-${n}`, ended: true, boot: 1, revision: 1 },
    ...{ phase: 'stop', outcome: 'completed', initiator: 'cloud', started: at, updated: at },
    durations: { runS: 3000, pauseS: 0, chargeS: 600, clockSpeed: 1 },
    area: { cleanedM2: 22.4, reachableM2: 22.4 },
    counters: { stuck: 0, recharges: 1, droppedEvents: 0 },
    batteryPct: 90,
    events: [],
    bodyMission: `body-${n}`,
  };
}
