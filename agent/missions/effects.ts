import type { LoopEffect } from '../kernel/effects.ts';
import type { PublishEffect } from '../publish/effects.ts';

/** Missions only publish: polling the body is the body machine's, and maps have their own. */
export type MissionsEffect = LoopEffect | PublishEffect;
