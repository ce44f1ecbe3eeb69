import { until } from '../watch.ts';
import type { World } from '../world.ts';
import type { CloudUp } from './cloud.ts';

export interface SettingsFollowed {
  readonly facts: {
    readonly cleaningPower: string;
    readonly passes: number;
    readonly refused: string;
    readonly version: number;
  };
}

/** The classic shadow of a robot, as far as the demo reads it. */
interface State {
  readonly desired?: { readonly settings?: Readonly<Record<string, unknown>> };
  readonly reported?: {
    readonly settings?: Readonly<Record<string, unknown>>;
    readonly refused?: Readonly<Record<string, string>>;
    readonly agent?: { readonly version: string; readonly slot: string };
  };
}

export async function shadowOf({ robot }: World, { operator }: CloudUp) {
  const document = await operator.shadow(robot);
  return { state: (document?.state ?? {}) as State, version: document?.version ?? 0 };
}

/** Requests two settings: one that the body accepts, and one that it rejects. The reported shadow shows both. */
export async function changeSettings(world: World, cloud: CloudUp): Promise<SettingsFollowed> {
  const { robot, screen, signal } = world;
  const { state } = await shadowOf(world, cloud);
  const had = state.reported?.settings?.['cleaningPower'];
  // Other values than an earlier demo's, since a value that is already set would prove nothing.
  const cleaningPower = had === 'boost' ? 'eco' : 'boost';
  const passes = Number(state.desired?.settings?.['passes'] ?? 2) + 1;
  await cloud.operator.updateShadow(robot, { desired: { settings: { cleaningPower, passes } } });
  screen.say('desired', `cleaningPower ${cleaningPower} (was ${String(had)}), passes ${passes}`);
  const shown = await until(
    { expected: 'the reported shadow to follow', timeoutS: 20, signal },
    async () => {
      const shadow = await shadowOf(world, cloud);
      const { settings, refused } = shadow.state.reported ?? {};
      const follows = settings?.['cleaningPower'] === cleaningPower;
      const reason = refused?.['passes'];
      return follows && reason !== undefined ? { ...shadow, settings, reason } : undefined;
    },
  );
  screen.say('reported', `cleaningPower ${cleaningPower}`);
  screen.say(
    'refused',
    `passes ${passes}: ${shown.reason}, it stays ${String(shown.settings['passes'])}`,
  );
  return { facts: { cleaningPower, passes, refused: shown.reason, version: shown.version } };
}
