import { isDeepStrictEqual } from 'node:util';
import type { World } from './world.ts';

interface Change {
  /** The desired value that the agent had stored as applied at that moment. */
  readonly applied: unknown;
  /** No other value may be set before a new desired value. */
  readonly isFinal: boolean;
}

/**
 * 2: an owner's change on the robot, made after a desired value was applied, stays until another value is desired. The
 * rule does not cover a change that the agent cannot distinguish from a desired value not yet applied.
 */
export class OwnerRules {
  readonly #world: World;
  /** The newest change of each setting that no desired value has followed. */
  readonly #changes = new Map<string, Change>();
  /** The newest desired value that followed a change and differs from the value applied then. */
  readonly #desiredValues = new Map<string, unknown>();

  constructor(world: World) {
    this.#world = world;
  }

  desired(name: string, value: unknown): void {
    const change = this.#changes.get(name);
    const isOverruled = change !== undefined && isDeepStrictEqual(change.applied, value);
    // The robot's stored applied value, whatever the body holds since: an older store may have been restored, too.
    const isHeldOnce =
      isDeepStrictEqual(this.#applied()[name], value) &&
      !isDeepStrictEqual(this.#world.board.snapshot()?.settings[name], value);
    if (isOverruled || isHeldOnce) {
      // The same value again cannot be distinguished from the desired value that the change has overridden: either may
      // win.
      if (change !== undefined) this.#changes.set(name, { ...change, isFinal: false });
      this.#desiredValues.delete(name);
      return;
    }
    this.#desiredValues.set(name, value);
    this.#changes.delete(name);
  }

  changes(name: string, value: unknown): void {
    const { board, cloud, network, robot } = this.#world;
    const before = board.snapshot()?.settings[name];
    if (before === value) return;
    const applied = this.#applied()[name];
    const shadow = cloud.operator.get('shadows', robot);
    const { settings = {} } = (shadow?.desired ?? {}) as { settings?: Record<string, unknown> };
    const isFinal =
      network.falseCloud === undefined &&
      before !== undefined &&
      before === applied &&
      settings[name] === before;
    this.#changes.set(name, { applied, isFinal });
    this.#desiredValues.delete(name);
  }

  /** A false cloud answers: its desired values count like any other and may follow a change. */
  desiredByOthers(): void {
    for (const [name, change] of this.#changes) {
      this.#changes.set(name, { ...change, isFinal: false });
    }
  }

  configured(settings: Readonly<Record<string, unknown>>): string | undefined {
    return Object.keys(settings).find((name) => this.#changes.get(name)?.isFinal);
  }

  /** A desired value, set after the last change, that is missing from the shadow and that the body does not hold. */
  lostValue(desired: Readonly<Record<string, unknown>>): string | undefined {
    const held = this.#world.board.snapshot()?.settings ?? {};
    const isAt = (where: Readonly<Record<string, unknown>>, name: string, value: unknown) =>
      isDeepStrictEqual(where[name], value);
    return [...this.#desiredValues].find(
      ([name, value]) => !isAt(desired, name, value) && !isAt(held, name, value),
    )?.[0];
  }

  /** The agent lost what it had stored, so it cannot know. A body without power may have lost a setting as well. */
  forget(): void {
    this.#changes.clear();
    this.#desiredValues.clear();
  }

  #applied(): Readonly<Record<string, unknown>> {
    const rows = new Map(this.#world.disk.valuesOf('shadow'));
    const { data } = (rows.get('') ?? {}) as { data?: { applied?: Record<string, unknown> } };
    return data?.applied ?? {};
  }
}
