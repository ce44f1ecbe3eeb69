import type { Grant, MapRef } from '../../protocol/schemas/maps.ts';
import { type RobotId, upTopic } from '../../protocol/topics.ts';
import type { Event, PutOutcome } from '../events.ts';
import {
  type Machine,
  type MachineState,
  type Moment,
  retryDelayMs,
  type Step,
  unchanged,
} from '../kernel/machine.ts';
import { type Bucket, fullBucket, takeTokens, waitMs } from '../publish/token-bucket.ts';
import type { MapsEffect } from './effects.ts';

/**
 * Theory of operation. A map is kept as a file until the object store has it.
 *
 *     mission/map-requested -> map/keep -> kept (stored here) -> grant -> map/put -> stored: file and item are forgotten
 *
 * The grant usually comes with the confirmation of the mission's report. When none has come some time after the link is
 * up, or one has expired, `maps/upload` requests it, with growing delays. It does so only after the report is
 * confirmed: until then the cloud may hold another mission under this id. Keeping, requesting and uploading are safe to
 * repeat: a map has one name and one object, and the store rejects other bytes under it. After a restart the grants of
 * the kept maps are requested again.
 *
 * The newest 8 maps are kept. An older one is dropped, and so is one whose report is lost; both are logged. A file
 * without a kept map (the agent crashed, its store was lost, or a power cut restored the file) is removed at the next
 * start. A release that cannot read what another one, in the other slot, has kept removes no file.
 *
 * A map that the body cannot provide is answered with `map/none` at once, so that its mission's report does not wait.
 */
export interface MapsConfig {
  readonly robot: RobotId;
  readonly retryMs: number;
  readonly retryMsMax: number;
}

export interface Kept {
  readonly missionId: string;
  readonly map: MapRef;
  /** The cloud has confirmed the mission's report. */
  readonly isReported: boolean;
}

export interface MapsState extends MachineState {
  readonly row: null;
  /** By mission id, oldest first. */
  readonly items: ReadonlyMap<string, Kept>;
  /** The store has no value that this release cannot read. */
  readonly isWhole: boolean;
  readonly linkUp: boolean;
  readonly requests: number;
  /** The mission whose map is being uploaded. */
  readonly putting: ReadonlySet<string>;
  /** Remaining budget of uploads: a grant costs the cloud nothing, but an upload is the whole file. */
  readonly puts: Bucket;
}

const putsPerHour = 20;
const putsBurst = 16;

const keptMax = 8;
const retryTimer = 'maps/retry';

export function mapsMachine(config: MapsConfig): Machine<MapsState, MapsEffect> {
  return {
    name: 'maps',
    format: { v: 1, minReader: 1 },
    restore: (saved, { now }) => ({
      row: null,
      items: (saved?.items ?? new Map()) as ReadonlyMap<string, Kept>,
      isWhole: saved?.unread === undefined,
      linkUp: false,
      requests: 0,
      putting: new Set(),
      puts: fullBucket({ perS: putsPerHour / 3600, burst: putsBurst }, now.monoMs),
    }),
    step: (state, event, moment) => step(config, state, event, moment),
    view: ({ items, putting }) => ({ kept: items.size, uploading: putting.size }),
    // The confirmation of its report comes again when the report is sent again.
    isDeferrable: ({ before, after }) =>
      (before as Kept | undefined)?.isReported === false &&
      (after as Kept | undefined)?.isReported === true,
    logChange({ key, before, after }) {
      const { map } = (after ?? before) as Kept;
      const text = after === undefined ? 'map let go' : before === undefined ? 'map kept' : '';
      return text === '' ? undefined : { text, about: { missionId: key, mapId: map.id } };
    },
  };
}

function step(
  config: MapsConfig,
  state: MapsState,
  event: Event,
  moment: Moment,
): Step<MapsState, MapsEffect> {
  switch (event.type) {
    case 'agent/started':
      if (!state.isWhole) return unchanged(state);
      return { state, effects: [{ type: 'map/sweep', mapIds: mapIdsOf(state) }] };
    case 'mission/map-requested':
      return storeMap(state, event);
    case 'map/kept':
      return keepMap(config, state, event, moment);
    case 'mission/renamed':
      return { state: event.moves.reduce(renameMissions, state) };
    case 'mission/dropped':
      return event.missionIds.reduce<Step<MapsState, MapsEffect>>(
        (before, id) => combineSteps(before, giveUpMap(before.state, id, event.code)),
        unchanged(state),
      );
    case 'link/up':
      return scheduleRequest({ ...state, linkUp: true, requests: 0 }, config, moment);
    case 'link/down':
      return { state: { ...state, linkUp: false } };
    case 'timer':
      return event.key === retryTimer ? requestGrants(config, state, moment) : unchanged(state);
    case 'cloud/reports-accepted': {
      const marked = event.body.accepted.reduce(markReported, state);
      return (event.body.grants ?? []).reduce<Step<MapsState, MapsEffect>>(
        (before, grant) => combineSteps(before, startUpload(config, before.state, grant, moment)),
        marked === state ? unchanged(state) : scheduleRequest(marked, config, moment),
      );
    }
    case 'cloud/map-granted':
      return event.body.grant === undefined
        ? removeMap(state, event.body.missionId, event.body.mapId)
        : startUpload(config, state, event.body.grant, moment);
    case 'cloud/map-refused':
      // The report is still on its way, or was lost: its next sending makes the mission known to the cloud.
      if (event.body.code === 'no-such-mission') return scheduleRequest(state, config, moment);
      return giveUpMap(state, event.body.missionId, event.body.code);
    case 'map/put':
      return handleUploadEnd(config, state, event.missionId, event.outcome, moment);
    default:
      return unchanged(state);
  }
}

const mapIdsOf = ({ items }: MapsState): string[] => [
  ...new Set([...items.values()].map(({ map }) => map.id)),
];

const combineSteps = (
  a: Step<MapsState, MapsEffect>,
  b: Step<MapsState, MapsEffect>,
): Step<MapsState, MapsEffect> => ({
  state: b.state,
  effects: [...(a.effects ?? []), ...(b.effects ?? [])],
});

/** Already kept (the agent crashed between keeping and the report): the answer is known. */
function storeMap(
  state: MapsState,
  { missionId, bodyMission }: { missionId: string; bodyMission: string },
): Step<MapsState, MapsEffect> {
  const kept = state.items.get(missionId);
  if (kept !== undefined)
    return { state, events: [{ type: 'map/kept', missionId, map: kept.map }] };
  return { state, effects: [{ type: 'map/keep', missionId, bodyMission }] };
}

function keepMap(
  config: MapsConfig,
  state: MapsState,
  { missionId, map }: Pick<Kept, 'missionId' | 'map'>,
  moment: Moment,
): Step<MapsState, MapsEffect> {
  if (state.items.has(missionId)) return unchanged(state);
  const items = new Map(state.items).set(missionId, { missionId, map, isReported: false });
  const effects: MapsEffect[] = [];
  for (const [id, old] of items) {
    if (items.size <= keptMax) break;
    items.delete(id);
    effects.push({ type: 'map/forget', mapId: old.map.id }, noteGivingUp(id, old, 'no-room'));
  }
  const waiting = scheduleRequest({ ...state, items, requests: 0 }, config, moment);
  return { ...waiting, effects: [...effects, ...(waiting.effects ?? [])] };
}

function renameMissions(state: MapsState, { from, to }: { from: string; to: string }): MapsState {
  const kept = state.items.get(from);
  if (kept === undefined) return state;
  const items = new Map(state.items);
  items.delete(from);
  return { ...state, items: items.set(to, { ...kept, missionId: to }) };
}

function markReported(state: MapsState, { missionId }: { missionId: string }): MapsState {
  const kept = state.items.get(missionId);
  if (kept === undefined || kept.isReported) return state;
  return { ...state, items: new Map(state.items).set(missionId, { ...kept, isReported: true }) };
}

/** Two grants may arrive (from confirmation and answer): the running upload continues. */
function startUpload(
  config: MapsConfig,
  state: MapsState,
  grant: Grant,
  moment: Moment,
): Step<MapsState, MapsEffect> {
  const kept = state.items.get(grant.missionId);
  if (kept === undefined || kept.map.id !== grant.mapId) return unchanged(state);
  if (state.putting.has(grant.missionId)) return unchanged(state);
  const nowMs = moment.now.monoMs;
  // A later grant is as good.
  if (waitMs(state.puts, 1, nowMs) > 0) return scheduleRequest(state, config, moment);
  const puts = takeTokens(state.puts, 1, nowMs);
  return {
    state: { ...state, puts, putting: new Set(state.putting).add(grant.missionId) },
    effects: [{ type: 'map/put', missionId: grant.missionId, map: kept.map, grant }],
  };
}

function handleUploadEnd(
  config: MapsConfig,
  before: MapsState,
  missionId: string,
  outcome: PutOutcome,
  moment: Moment,
): Step<MapsState, MapsEffect> {
  const putting = new Set(before.putting);
  putting.delete(missionId);
  const state = { ...before, putting };
  const kept = state.items.get(missionId);
  if (kept === undefined) return unchanged(state);
  switch (outcome.kind) {
    case 'stored':
      return removeMap(state, missionId, kept.map.id);
    case 'hopeless':
      return giveUpMap(state, missionId, outcome.code);
    case 'renew':
      return state.requests === 0
        ? requestGrants(config, state, moment)
        : scheduleRequest(state, config, moment);
    case 'later':
      return scheduleRequest(state, config, moment);
  }
}

function giveUpMap(state: MapsState, missionId: string, code: string): Step<MapsState, MapsEffect> {
  const kept = state.items.get(missionId);
  if (kept === undefined) return unchanged(state);
  return combineSteps(
    { state, effects: [noteGivingUp(missionId, kept, code)] },
    removeMap(state, missionId, kept.map.id),
  );
}

function removeMap(
  state: MapsState,
  missionId: string,
  mapId: string,
): Step<MapsState, MapsEffect> {
  const kept = state.items.get(missionId);
  if (kept === undefined || kept.map.id !== mapId) return unchanged(state);
  const items = new Map(state.items);
  items.delete(missionId);
  return { state: { ...state, items }, effects: [{ type: 'map/forget', mapId }] };
}

/** Requests the grants of all maps whose reports are confirmed and that are not being uploaded. */
function requestGrants(
  config: MapsConfig,
  state: MapsState,
  moment: Moment,
): Step<MapsState, MapsEffect> {
  const idle = [...state.items.values()].filter(
    ({ missionId, isReported }) => isReported && !state.putting.has(missionId),
  );
  if (!state.linkUp || idle.length === 0) return unchanged(state);
  const effects: MapsEffect[] = idle.map(({ missionId, map }) => ({
    type: 'publish',
    topic: upTopic(config.robot, 'maps/upload'),
    payload: { v: 1, missionId, map },
  }));
  return combineSteps(
    { state, effects },
    scheduleRequest({ ...state, requests: state.requests + 1 }, config, moment),
  );
}

function scheduleRequest(
  state: MapsState,
  config: MapsConfig,
  { random }: Moment,
): Step<MapsState, MapsEffect> {
  if (state.items.size === 0) return unchanged(state);
  const bounds = { baseMs: config.retryMs, capMs: config.retryMsMax };
  const ms = retryDelayMs(state.requests + 1, random, bounds);
  return { state, effects: [{ type: 'timer/set', key: retryTimer, ms }] };
}

const noteGivingUp = (missionId: string, { map }: Kept, code: string): MapsEffect => ({
  type: 'note',
  level: 'warn',
  text: 'map given up',
  about: { missionId, mapId: map.id, code },
});
