import type { BodySettings } from '../../hal/robot-body.ts';
import { limits } from '../../protocol/limits.ts';
import type { Dropped } from '../../protocol/parts.ts';
import type { Settings } from '../../protocol/schemas/settings.ts';
import type { ShadowState } from './state.ts';

/** Names are external: one may be called `toString`, which every object has. */
export const settingOf = (settings: Settings | BodySettings | null, name: string): unknown =>
  settings !== null && Object.hasOwn(settings, name) ? settings[name] : undefined;

type Known = Pick<ShadowState, 'row' | 'desired' | 'actual'>;

/**
 * The body was seen to hold this desired value and holds another one now: it was changed on the robot. (A setting that
 * the body does not name was not changed; it could not be read.)
 */
export const isOverridden = ({ row, desired, actual }: Known, name: string): boolean =>
  settingOf(actual, name) !== undefined &&
  settingOf(actual, name) !== settingOf(desired, name) &&
  settingOf(row?.applied ?? null, name) === settingOf(desired, name);

/** The desired values that a change on the robot has replaced. */
export const overriddenValues = (state: Known): Settings =>
  Object.fromEntries(Object.entries(state.desired).filter(([name]) => isOverridden(state, name)));

/**
 * Records the desired values that the body holds, and removes those that are no longer desired. Same row if unchanged.
 */
export function noteApplied(state: ShadowState): ShadowState {
  const { desired, actual, doubted } = state;
  const known = state.row?.applied ?? {};
  const applied = Object.entries(desired).flatMap(([name, value]) => {
    const isSeen = !Object.hasOwn(doubted, name);
    if (isSeen && settingOf(actual, name) === value) return [[name, value] as const];
    const before = settingOf(known, name);
    return before === undefined ? [] : [[name, before as typeof value] as const];
  });
  const names = Object.keys(known);
  const isSame =
    names.length === applied.length &&
    applied.every(([name, value]) => settingOf(known, name) === value);
  return isSame ? state : { ...state, row: { applied: Object.fromEntries(applied) } };
}

/** Removes what the body held of the settings that are about to be requested. Same row if unchanged. */
export function forgetApplied(state: ShadowState): ShadowState {
  const { row, configuring } = state;
  if (row === null || configuring === null) return state;
  const applied = omitNames(row.applied, configuring);
  const isSame = Object.keys(applied).length === Object.keys(row.applied).length;
  return isSame ? state : { ...state, row: { applied } };
}

export const omitNames = (settings: Settings, names: Settings): Settings =>
  Object.fromEntries(Object.entries(settings).filter(([name]) => !Object.hasOwn(names, name)));

const nameCharsMax = 64;

/** The members of `container` that could not be parsed, with the reason; its own name when none could be. */
export function unreadIn(
  dropped: readonly Dropped[],
  container: readonly string[],
): Record<string, string> {
  const found = dropped.flatMap(({ path, why }): [string, string][] => {
    const isWithin = container.every((name, index) => path[index] === name);
    const reason = why === 'too many' ? 'too-many' : 'bad-value';
    if (isWithin && path.length === container.length + 1) return [[path.at(-1) ?? '', reason]];
    const isAround = path.every((name, index) => container[index] === name);
    return isAround ? [[container.at(-1) ?? '', reason]] : [];
  });
  return Object.fromEntries(found);
}

/** As many reasons as fit into a report. */
export function boundReasons(reasons: readonly (readonly [string, string])[]): [string, string][] {
  const cut = reasons.map(([name, reason]): [string, string] => [
    Array.from(name).slice(0, nameCharsMax).join(''),
    reason,
  ]);
  const most = limits.settingsMax - 1;
  if (cut.length <= most) return cut;
  return [...cut.slice(0, most), ['*', `${cut.length - most} more`]];
}
