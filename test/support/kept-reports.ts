import type { MissionDocument } from '../../protocol/schemas/missions.ts';
import { createBody } from '../../tools/bench/reports/body.ts';

/** What makes the `n`th document (from 0) another kind of robot's. */
export type Change = (document: MissionDocument, n: number) => object;

/** The final documents of the bench's missions, as of a robot that cleans once a day and keeps them all. */
export async function keptReports(
  count: number,
  change: Change = () => ({}),
): Promise<MissionDocument[]> {
  const body = createBody();
  for (let n = 0; n < count; n++) body.endMission(false);
  const documents = (await body.handle('bench.reports', { after: 0 })) as MissionDocument[];
  return documents.map((document, n) => {
    const { started, updated } = document;
    const days = {
      started: { ...started, wallMs: started.wallMs + n * dayMs },
      updated: { ...updated, wallMs: updated.wallMs + n * dayMs, monoMs: n * dayMs + 4711 },
    };
    const dated = { ...document, ...days };
    return { ...dated, ...change(dated, n) };
  });
}

const dayMs = 86_400_000;
const unset = { wallMs: 0, quality: 'unset' } as const;
const eventful = (['started', 'stuck', 'freed', 'recharge', 'resumed', 'ended'] as const).map(
  (type, seq) => ({ seq, type, atS: 431 * seq, ...(type === 'stuck' ? { code: 17 } : {}) }),
);

/** Kinds of robots and of missions, by the name of a test of twenty of their reports. */
export const kinds: Readonly<Record<string, Change>> = {
  'of a robot that cleans every day': () => ({}),
  'of a robot without a clock, booted for each': ({ started, updated }, n) => ({
    boot: n + 7,
    started: { ...started, ...unset, boot: n + 7 },
    updated: { ...updated, ...unset, boot: n + 7 },
  }),
  'of missions with all figures and words different': ({ counters }, n) => ({
    outcome: (['completed', 'stuck', 'stopped', 'completed'] as const)[n % 4],
    initiator: (['schedule', 'button', 'cloud'] as const)[n % 3],
    area: { cleanedM2: 20.37 + n / 8, reachableM2: 31.25 + n },
    batteryPct: 31.5 + n,
    counters: { ...counters, stuck: n % 3 },
    durations: { runS: 2400 + 7 * n, pauseS: n * 11, chargeS: 0, clockSpeed: 1 },
  }),
  'of which each fourth had much to do': (_, n) => (n % 4 === 0 ? { events: eventful } : {}),
  'with their maps': ({ missionId }, n) => ({
    map: {
      ...{ id: `map-${missionId}`, size: 40_123 + n, type: 'image/png' },
      sha256: String(n).padStart(64, '0123456789abcdef'),
    },
  }),
};
