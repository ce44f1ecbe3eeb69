import type { MapsEffect } from '../../../agent/maps/effects.ts';
import type { MapsState } from '../../../agent/maps/machine.ts';
import type { MissionsEffect } from '../../../agent/missions/effects.ts';
import type { MissionsState } from '../../../agent/missions/state.ts';
import { changeEffects, changeState, type SeededFault, wrapExports, wrapStep } from '../seams.ts';

/** Seeded faults of reports and maps, on the robot and in the shared code. */
export const missionFaults: readonly SeededFault[] = [
  {
    name: 'order-by-revision-alone',
    seam: wrapExports<typeof import('../../../protocol/missions.ts')>('protocol/missions.ts', {
      compareOrder: () => (a, b) => a.revision - b.revision,
    }),
    seedsMax: 100,
    why: "revisions begin anew in each boot: an old boot's progress hides the end of its mission",
  },
  {
    name: 'count-of-the-dropped-not-reported',
    seam: wrapExports<typeof import('../../../protocol/report-lists.ts')>(
      'protocol/report-lists.ts',
      {
        packReports: (real) => (documents) => real(documents, 0),
      },
    ),
    seedsMax: 20,
    why: 'the robot counts what it threw away and the cloud never learns of it',
  },
  {
    name: 'resend-without-bound',
    seam: changeEffects<MissionsState, MissionsEffect>('missions', (effect, { random }) =>
      effect.type === 'timer/set' && effect.key === 'missions/resend'
        ? { ...effect, ms: Math.round(1000 * (1 + random)) }
        : effect,
    ),
    seedsMax: 60,
    why: 'what is not confirmed goes out every second or two, for as long as the cloud is silent',
  },
  {
    name: 'mission-not-known-as-ended',
    seam: changeState<MissionsState>('missions', (after, before) => ({
      ...after,
      row: after.row === before.row ? after.row : { ...after.row, known: before.row.known },
    })),
    seedsMax: 5,
    why: 'a mission that the body reports as ended is ended again at every poll',
  },
  {
    name: 'id-conflict-is-for-good',
    seam: wrapStep<MissionsState>('missions', (step) => (state, event, moment) => {
      if (event.type !== 'cloud/reports-rejected') return step(state, event, moment);
      const rejected = event.body.rejected.map((one) => ({ ...one, code: 'stale' as never }));
      return step(state, { ...event, body: { ...event.body, rejected } }, moment);
    }),
    seedsMax: 30,
    why: 'a report whose id was used before the store was put back becomes a dead letter',
  },
  {
    name: 'dropped-and-not-counted',
    seam: changeState<MissionsState>('missions', (after, before) => ({
      ...after,
      row: after.row === before.row ? after.row : { ...after.row, dropped: before.row.dropped },
    })),
    seedsMax: 20,
    why: 'a report that a full outbox dropped is missing and not counted',
  },
  {
    name: 'progress-is-stored',
    seam: changeState<MissionsState>('missions', (after, before) =>
      after.progress === before.progress ? after : { ...after, row: { ...after.row } },
    ),
    seedsMax: 5,
    why: 'each progress report costs a write, and flash wears out',
  },
  {
    name: 'outbox-without-bound',
    seam: wrapExports<typeof import('../../../agent/missions/outbox.ts')>(
      'agent/missions/outbox.ts',
      {
        boundOutbox: (real) => (outbox, bounds, sizes) =>
          real(outbox, { ...bounds, reportsMax: Number.POSITIVE_INFINITY }, sizes),
      },
    ),
    seedsMax: 20,
    why: 'more reports are kept than there is room for',
  },
  {
    name: 'map-of-a-report-that-had-to-go',
    seam: wrapStep<MissionsState>('missions', (step) => (state, event, moment) => {
      const isOfMap = event.type === 'map/kept' || event.type === 'map/none';
      return isOfMap && !state.items.has(event.missionId) ? { state } : step(state, event, moment);
    }),
    seedsMax: 150,
    why: 'a map is kept for ever whose report was dropped while it was fetched',
  },
  {
    name: 'map-let-go-too-early',
    seam: wrapStep<MapsState>('maps', (step) => (state, event, moment) => {
      const isLater = event.type === 'map/put' && event.outcome.kind === 'later';
      return step(state, isLater ? { ...event, outcome: { kind: 'stored' } } : event, moment);
    }),
    seedsMax: 50,
    why: 'a map is deleted when its upload has failed once',
  },
  {
    name: 'map-files-left-behind',
    seam: changeEffects<MapsState, MapsEffect>('maps', (effect) =>
      effect.type === 'map/sweep' ? undefined : effect,
    ),
    seedsMax: 20,
    why: 'a file that an end of the agent or of the power has left stays on the disk for ever',
  },
  {
    name: 'all-maps-swept',
    seam: changeEffects<MapsState, MapsEffect>('maps', (effect) =>
      effect.type === 'map/sweep' ? { ...effect, mapIds: [] } : effect,
    ),
    seedsMax: 60,
    why: 'maps that wait for their upload are removed at the next start',
  },
];
