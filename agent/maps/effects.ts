import { codeOf } from '../../base/errors.ts';
import type { Grant, MapRef } from '../../protocol/schemas/maps.ts';
import { repeat } from '../effects.ts';
import type { EffectsOf, LoopEffect } from '../kernel/effects.ts';
import type { PublishEffect } from '../publish/effects.ts';

/** One map is kept or uploaded at a time per mission. */
const keyOf = ({ missionId }: { readonly missionId: string }): string => `map/${missionId}`;

export const mapsEffects = {
  /** Reads the mission's map from the body and stores it as a file. */
  'map/keep': repeat<{ readonly missionId: string; readonly bodyMission: string }>(
    async ({ missionId, bodyMission }, { ports, board, signal }) => {
      try {
        const map = await board.body.map(bodyMission, signal);
        return { type: 'map/kept', missionId, map: await ports.maps.keep(missionId, map, signal) };
      } catch (error) {
        return { type: 'map/none', missionId, code: codeOf(error) };
      }
    },
    keyOf,
  ),

  'map/put': repeat<{ readonly missionId: string; readonly map: MapRef; readonly grant: Grant }>(
    async ({ missionId, map, grant }, { ports, signal }) => {
      const outcome = await ports.maps.put(map, grant, signal);
      return { type: 'map/put', missionId, outcome };
    },
    keyOf,
  ),

  'map/forget': repeat<{ readonly mapId: string }>(async ({ mapId }, { ports }) => {
    await ports.maps.forget(mapId).catch(() => ports.journal.count('map-not-forgotten'));
    return undefined;
  }),

  /** Removes all map files but these. */
  'map/sweep': repeat<{ readonly mapIds: readonly string[] }>(async ({ mapIds }, { ports }) => {
    await ports.maps.sweep(new Set(mapIds)).catch(() => ports.journal.count('maps-not-swept'));
    return undefined;
  }),
};

export type MapsEffect = EffectsOf<typeof mapsEffects> | LoopEffect | PublishEffect;
