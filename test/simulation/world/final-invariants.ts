import { posix } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Entry } from '../../../agent/missions/outbox.ts';
import { isTemporary } from '../../../base/files.ts';
import type { MissionRow } from '../../../cloud-stub/rows.ts';
import { gapsIn } from '../../../cloud-stub/services/mission-gaps.ts';
import { FACTORY_SETTINGS, mergeSettings } from '../../../hal/sim/body/settings.ts';
import { splitMissionId } from '../../../protocol/missions.ts';
import { identityFolder } from './factory.ts';
import type { ImageKind } from './images.ts';
import { mapsFolder } from './robot-files.ts';
import type { World } from './world.ts';

/** Checks what must hold once the faults have stopped and the quiet period is over. */
export function checkFinalInvariants(world: World): void {
  checkMissions(world);
  checkDropped(world);
  checkMaps(world);
  checkSettings(world);
  checkUpdates(world);
  checkCommands(world);
  checkCredentials(world);
  checkQuietPeriod(world);
  world.rules.safeMode.checkFinalInvariants();
}

/** The robot's missions in the cloud's table. */
export const missionsOf = ({ cloud, robot }: World): MissionRow[] =>
  cloud.operator
    .list('missions')
    .map(({ value }) => value)
    .filter((row) => row.robot === robot);

/** 1: every ended mission is in the cloud's table exactly once, as its final document. */
function checkMissions(world: World): void {
  const { rules, cloud, board, robot } = world;
  const rows = missionsOf(world);
  for (const [id, mission] of board.ended) {
    const found = rows.filter(({ document }) => document.bodyMission === id);
    const ended = found.filter((row) => row.status === 'ended');
    // Reports that a bound dropped are counted, below.
    const isExcused = rules.store.dropped.has(id) || isForgotten(world, id);
    if (ended.length === 0 && !isExcused) {
      rules.broken('1', `mission ${id} has no ended row`);
    }
    // This includes a robot that lost its store and reported the body's remembered missions again, in a new epoch.
    if (found.length > 1) rules.broken('1', `mission ${id} has ${found.length} rows`);
    for (const { document } of ended) {
      if (document.outcome !== mission.outcome) {
        rules.broken('1', `mission ${id} is ${document.outcome}, was ${mission.outcome}`);
      }
    }
  }
  const strangers = rows.filter(({ document }) => !board.ended.has(document.bodyMission ?? ''));
  for (const { missionId } of strangers) rules.broken('1', `${missionId} never was on the body`);
  // A robot that loses its store loses its unsent reports, and the missions that its body has forgotten since.
  const epochs = cloud.operator.get('mission_ledgers', robot)?.epochs ?? [];
  const numbers = epochs.flatMap(gapsIn).reduce((sum, { from, to }) => sum + to - from + 1, 0);
  const gone = [...rules.falselyConfirmed].filter((id) => isForgotten(world, id)).length;
  const isExcused = rules.storesLost > 0 || numbers <= rules.store.dropped.size + gone;
  if (!isExcused) rules.broken('1', `${numbers} numbers of missions never came`);
  // Only a counter that went back could cause one. The table would not show it, because the mission is reported again
  // under another id and is the same row.
  const conflicts = cloud.operator.get('refusals', `${robot}/id-conflict`)?.count ?? 0;
  if (conflicts > 0 && rules.storesRestored === 0)
    rules.broken('1', `${conflicts} final documents met another under their id`);
}

/**
 * A false cloud has confirmed it, and nothing is left by which the true cloud could notice: its report made room for
 * newer ones, or neither its map nor a later mission shows that it is missing (docs/security.md, "What a false cloud
 * leaves behind").
 */
function isForgotten({ rules, disk, cloud, robot }: World, id: string): boolean {
  if (!rules.falselyConfirmed.has(id)) return false;
  const kept = disk
    .list()
    .filter(({ machine, key }) => machine === 'missions' && key !== '')
    .map(({ value }) => (value as { data: Entry }).data.document)
    .find(({ bodyMission }) => bodyMission === id);
  if (kept === undefined) return true;
  const { epoch, n } = splitMissionId(kept.missionId);
  const epochs = cloud.operator.get('mission_ledgers', robot)?.epochs ?? [];
  const highest = epochs.find((known) => known.epoch === epoch)?.highest ?? 0;
  return kept.map === undefined && n > highest;
}

/** 1: reports dropped by a storage bound are counted on both sides, with the right number. */
function checkDropped(world: World): void {
  const { rules, cloud, robot } = world;
  const here = Number(world.status()['missions']?.['dropped']);
  const there = cloud.operator.get('mission_ledgers', robot)?.dropped ?? 0;
  // A new store starts a new count.
  const isKnown = rules.storesLost === 0;
  if (isKnown && here !== rules.store.dropped.size) {
    rules.broken('1', `${rules.store.dropped.size} reports were dropped, the robot counts ${here}`);
  }
  if (isKnown && here !== there) {
    rules.broken('1', `the robot has dropped ${here} reports, the cloud knows of ${there}`);
  }
}

/** 5: a stored map equals the robot's byte for byte, with one object for each map. */
function checkMaps(world: World): void {
  const { rules, cloud, objects } = world;
  const epoch = String(world.status()['missions']?.['epoch']);
  for (const { map, missionId } of missionsOf(world)) {
    if (map === undefined) continue;
    if (map.state === 'stored') {
      const object = cloud.operator.get('objects', map.objectKey);
      if (object?.sha256 !== map.sha256) rules.broken('5', `map ${map.mapId} has other bytes`);
      continue;
    }
    // Dropped for lack of room, which the robot has reported, or lost with the store of an earlier epoch.
    const code = rules.mapsGivenUp.get(map.mapId);
    const isExcused = code === 'no-room' || !missionId.startsWith(epoch);
    if (!isExcused) rules.broken('5', `the map of ${missionId} is ${map.state} (${code ?? '-'})`);
  }
  for (const key of objects.replaced) rules.broken('5', `object ${key} was replaced`);
}

/** 2: reported settings equal desired settings, or carry the reason why not. */
function checkSettings({ rules, cloud, board, robot }: World): void {
  const shadow = cloud.operator.get('shadows', robot);
  const reported = (shadow?.reported ?? {}) as Record<string, Record<string, unknown>>;
  const { settings: desired = {} } = (shadow?.desired ?? {}) as Record<string, object>;
  // The body alone decides which values it accepts.
  const { refused } = mergeSettings(FACTORY_SETTINGS, { ...desired });
  for (const [name, value] of Object.entries(desired)) {
    const is = reported['settings']?.[name];
    if (name in refused ? reported['refused']?.[name] === refused[name] : is === value) continue;
    rules.broken('2', `${name} should be ${String(value)}, is ${String(is)}`);
  }
  const lost = rules.owner.lostValue({ ...desired });
  if (lost !== undefined) rules.broken('2', `the last desired value of ${lost} is gone`);
  for (const name of Object.keys(reported['refused'] ?? {})) {
    if (!(name in refused)) rules.broken('2', `${name} is reported as refused`);
  }
  if (!isDeepStrictEqual(reported['settings'], board.snapshot()?.settings)) {
    rules.broken('2', 'what is reported is not what the body has');
  }
}

/** 6: each command has ended, with an outcome that matches what the body did. */
function checkCommands({ rules, cloud, faults, robot }: World): void {
  for (const { value } of cloud.operator.list('commands')) {
    if (value.robot !== robot) continue;
    const { status, command } = value;
    const isTaken = rules.taken.has(command.id);
    if (status === 'sent') rules.broken('6', `${command.id} has no end`);
    if (status === 'expired' && isTaken) rules.broken('6', `${command.id} is expired, and ran`);
    if (status === 'done' && !isTaken) rules.broken('6', `${command.id} is done, and did not run`);
    // A robot in the middle of an update receives nothing: for half an hour, when the new image hangs.
    const isReceived = isFine(faults) && rules.offered.size === 0;
    const isMoot = status === 'lapsed' && value.reason === 'superseded';
    if (isReceived && status !== 'done' && status !== 'refused' && !isMoot) {
      rules.broken('6', `${command.id} is ${status} on a fine day`);
    }
  }
}

/** No fault was injected, so nothing may have failed. */
const isFine = (faults: World['faults']): boolean => Object.keys(faults).length === 0;

/** 4: a job ends in exactly one terminal status, and that matches what is booted. */
function checkUpdates({ rules, cloud, board, faults, robot }: World): void {
  const confirmed = new Set(rules.confirmed.map(({ version }) => version));
  for (const { value } of cloud.operator.list('job_executions')) {
    if (value.thingName !== robot) continue;
    const { jobId, status } = value;
    const version = `${jobId.replace('job-', '')}.0.0`;
    // A robot that had armed it, or had not received the withdrawal, completes it.
    if (status === 'CANCELED' && rules.withdrawals.has(jobId)) continue;
    if (!['SUCCEEDED', 'FAILED', 'REJECTED'].includes(status)) {
      rules.broken('4', `${jobId} is ${status}`);
    } else if ((status === 'SUCCEEDED') !== confirmed.has(version)) {
      const is = confirmed.has(version) ? 'confirmed' : 'not confirmed';
      rules.broken('4', `${jobId} is ${status}, its image is ${is}`);
    }
  }
  for (const [jobId, kind] of isFine(faults) ? rules.offered : []) {
    const status = cloud.operator.get('job_executions', `${robot}/${jobId}`)?.status;
    if (rules.withdrawals.has(jobId)) continue;
    if (status !== endings[kind]) rules.broken('4', `${jobId} (${kind}) is ${status ?? 'gone'}`);
  }
  const { boot } = board.medium;
  if (boot.slots[boot.next]?.state !== 'good') rules.broken('4', 'the next slot is not good');
}

/** How a job for each kind of image ends without faults. */
const endings: Readonly<Record<ImageKind, string>> = {
  good: 'SUCCEEDED',
  crashes: 'FAILED',
  hangs: 'FAILED',
  deaf: 'FAILED',
  unsigned: 'REJECTED',
  'wrong-hardware': 'REJECTED',
  rollback: 'REJECTED',
  expired: 'REJECTED',
  damaged: 'FAILED',
  missing: 'FAILED',
};

/** 8: the robot is connected with credentials that the cloud accepts, and no others are left over. */
function checkCredentials(world: World): void {
  const { rules, credentials, network, cloud } = world;
  const [current, next] = [credentials.of('current'), credentials.of('next')];
  const { connectedBy } = network;
  if (connectedBy === undefined) rules.broken('link', 'the robot is not connected');
  else if (connectedBy !== current?.certificateId)
    rules.broken('8', 'connected with other credentials');
  else if (cloud.statusOf(connectedBy) !== 'ACTIVE') {
    rules.broken('8', 'connected, and not ACTIVE');
  }
  // Credentials that a failing disk kept are checked again before the next connection, and removed then.
  const isStuck = world.faults['disk-fails'] !== undefined;
  if (next !== null && !isStuck) rules.broken('renewal', 'next credentials are left over');
  const { identity } = world.status();
  const state = String(identity?.['state']);
  if (state !== 'settled') rules.broken('renewal', `the renewal is ${state}`);
}

/** 7: nothing waits, nothing is lost, and nothing is sent without need. */
function checkQuietPeriod(world: World): void {
  const { rules, board, clock, files } = world;
  const { missions, maps } = world.status();
  if (board.snapshot()?.phase !== 'charge') rules.broken('body', 'the robot is not docked');
  if (missions?.['unconfirmed'] !== 0) rules.broken('1', 'the outbox is not empty');
  const rejected = missions?.['rejected'] as readonly unknown[] | undefined;
  if (rejected?.length !== 0) rules.broken('1', 'a report was rejected permanently');
  if (maps?.['kept'] !== 0) rules.broken('5', 'a map waits for its upload');
  const left = files.names.filter(
    (path) =>
      path.startsWith(`${mapsFolder}/`) ||
      // A temporary file that a killed writer left beside a pending key is removed with its folder, at the next
      // renewal.
      (isTemporary(posix.basename(path)) && !path.startsWith(`${identityFolder}/pending/`)),
  );
  if (left.length > 0) rules.broken('7', `left on the disk: ${left.join(', ')}`);
  const hours = 3;
  const late = rules.sent.filter((atMs) => atMs > clock.nowMs - hours * 3_600_000).length;
  if (late > quietMessagesMax) rules.broken('7', `${late} messages in ${hours} quiet hours`);
}

/** The daily poll of shadow and jobs, in case it falls into the quiet period. */
const quietMessagesMax = 2;
