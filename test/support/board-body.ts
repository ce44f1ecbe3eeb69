import { Body, type BodyOptions } from '../../hal/sim/body/body.ts';
import { defaultFloor } from '../../hal/sim/floor/floor-plan.ts';
import { surveyTerrain } from '../../hal/sim/floor/terrain.ts';
import { drawnGrid, emptyRoom } from './board-maps.ts';

/** The project's default floor plan, and a room of 3 m x 3 m. */
export const flat = surveyTerrain(defaultFloor());
export const room = surveyTerrain({ grid: drawnGrid(emptyRoom(60, 60)) });

/** A body on its dock in the flat. */
export function makeBody(changes: Partial<BodyOptions> = {}): Body {
  const options = { terrain: flat, seed: 1, speed: 150, wallMs: () => 1000, bodyId: 'body' };
  return new Body({ ...options, ...changes });
}

/** Starts a mission; the body must take it. */
export function start(body: Body, tag = 'go'): Body {
  const { reason } = body.command({ verb: 'start', tag });
  if (reason) throw new Error(`not started: ${reason}`);
  return body;
}

/** Lives in steps of `dtS` until the condition holds; fails after `limitS` of body time. */
export function live(body: Body, until: (body: Body) => boolean, dtS = 10, limitS = 1e6): Body {
  for (let livedS = 0; !until(body); livedS += dtS) {
    if (livedS > limitS) throw new Error(`never came true: ${JSON.stringify(body.snapshot())}`);
    body.advance(dtS);
  }
  return body;
}

export const isOver = (body: Body): boolean => body.snapshot().mission === null;
export const isIn =
  (phase: string) =>
  (body: Body): boolean =>
    body.snapshot().phase === phase;

/** The kinds of the body's events, oldest first. */
export const history = (body: Body): string[] => body.events(0).map(({ type }) => type);

/** What survives a power cut, as the disk gives it back. */
export const survivor = (body: Body) =>
  structuredClone({ memory: body.memory, maps: new Map(body.maps) });
