import { type Draw, dayMs, hourMs, many, minuteMs, pick, spell, within } from './chance.ts';
import { credentialsStep } from './file-system.ts';
import type { Action, FaultAction, HttpFault, UsualAction, Where } from './scenario.ts';

const shares = ['drop', 'repeat', 'corrupt', 'junk', 'refuse', 'mute', 'jam'] as const;

/** Each kind of fault occurs in about half of the scenarios; a scenario without any is fault-free. */
export function drawFaults(draw: Draw, days: number): FaultAction[] {
  const actions: FaultAction[] = [];
  const lasting = () => ({ atMs: within(draw, days), forMs: spell(draw, 8 * hourMs) });
  const share = () => 0.05 + draw() * 0.5;
  const some = (chance: number, max: number, make: () => FaultAction) => {
    if (draw() >= chance) return;
    for (let n = 1 + many(draw, max - 1); n > 0; n--) actions.push(make());
  };
  for (const type of shares) some(0.4, 2, () => ({ type, ...lasting(), share: share() }));
  some(0.4, 2, () => ({ type: 'delay', ...lasting(), msMax: 2000 + Math.floor(draw() * 20_000) }));
  some(0.2, 1, () => ({ type: 'throttle', ...lasting(), perMinute: 1 + many(draw, 4) }));
  some(0.5, 4, () => ({ type: 'cut', atMs: within(draw, days) }));
  some(0.4, 2, () => ({ type: 'half-open', atMs: within(draw, days) }));
  some(0.2, 1, () => ({ type: 'takeover', atMs: within(draw, days), forMs: spell(draw, hourMs) }));
  some(0.3, 2, () => ({ type: 'broker-restart', ...lasting() }));
  some(0.3, 3, () => ({
    type: 'cloud-crash',
    over: pick(draw, ['any request', 'the end of a mission'] as const),
    atMs: within(draw, days),
    when: pick(draw, ['before commit', 'after commit'] as const),
  }));
  some(0.5, 3, () => ({
    ...{ type: 'http', atMs: within(draw, days), forMs: spell(draw, 2 * dayMs) },
    ...{ how: pick(draw, hows), share: share() + 0.3 },
  }));
  some(0.6, 6, () => drawEnd(draw, days));
  some(0.2, 2, () => drawClock(draw, days));
  some(0.2, 1, () => ({
    ...{ type: 'disk-full', atMs: within(draw, days), forMs: spell(draw, 2 * hourMs) },
  }));
  some(0.2, 1, () => ({ type: 'board-silent', ...lasting(), share: share() }));
  some(0.1, 1, () => ({ type: 'store-lost', atMs: within(draw, days) }));
  some(0.1, 1, () => ({ type: 'block', ...lasting() }));
  return actions;
}

const hows: readonly HttpFault[] = [
  ...(['refused', 'denied', 'busy', 'slow', 'truncated', 'answer-lost', 'grant-expired'] as const),
];

/** The steps of the agent and of its board before or after which an end may fall. */
const steps: readonly string[] = [
  ...['commit', 'commit', 'commit', 'publish', 'keep map', 'put map', 'forget map'],
  ...['write file', 'sync file', 'rename file', 'sync folder', 'sweep maps'],
  ...['body.command', 'body.command', 'body.configure', 'body.snapshot', 'body.map'],
];
const updateSteps: readonly string[] = [
  ...['commit', 'fetch image', 'slot.begin', 'slot.complete', 'boot.arm', 'system.reboot'],
  ...['boot.confirm', 'raise floor', 'write image', 'sync image', 'rename file'],
];
const writes: readonly string[] = ['save body', 'save map'];
const updateWrites: readonly string[] = ['save boot', 'clear slot', 'sync slot'];

const drawEnd = (draw: Draw, days: number): FaultAction =>
  endAt(draw, within(draw, days), draw() < 0.4 ? [...steps, ...writes] : steps);

/** Every second update is interrupted somewhere, and some of them twice. */
export function drawUpdateEnds(draw: Draw, updates: readonly UsualAction[]): FaultAction[] {
  const where = [...updateSteps, ...updateSteps, ...updateWrites];
  return updates.flatMap(({ atMs }) =>
    Array.from({ length: pick(draw, [0, 0, 1, 2]) }, () => endAt(draw, atMs, where)),
  );
}

/** The steps of writing any file to the medium, and of changing the credentials. */
const fileSteps: readonly string[] = [
  ...['make folder', 'write file', 'sync file', 'rename file', 'sync folder', 'remove file'],
];
const credentialsSteps: readonly string[] = [
  ...['make folder', 'write file', 'sync file', 'add name', 'make link', 'rename file'],
  ...['rename file', 'sync folder', 'sync folder', 'remove file', 'remove file'],
].map((step) => credentialsStep + step);

/**
 * One robot in four is interrupted while it changes a file; one that renews is often interrupted while it changes its
 * credentials.
 */
export function drawFileEnds(draw: Draw, days: number, actions: readonly Action[]): FaultAction[] {
  const ends: FaultAction[] = [];
  if (draw() < 0.25) ends.push(endAt(draw, within(draw, days), fileSteps));
  for (const { type, atMs } of actions) {
    if (type === 'renew' && draw() < 0.6) ends.push(endAt(draw, atMs, credentialsSteps));
  }
  return ends;
}

function endAt(draw: Draw, atMs: number, points: readonly string[]): FaultAction {
  const point = pick(draw, points);
  const where: Where = draw() < 0.1 ? 'now' : `${draw() < 0.5 ? 'before' : 'after'} ${point}`;
  const forMs = where === 'now' ? 0 : 12 * hourMs;
  const isOfBoard = writes.includes(point) || updateWrites.includes(point);
  if (!isOfBoard && draw() < 0.6) return { type: 'kill', atMs, forMs, where };
  const clock = draw() < 0.5 ? 'lost' : 'runs on';
  return { type: 'power-cut', atMs, forMs, where, offMs: spell(draw, hourMs), clock };
}

function drawClock(draw: Draw, days: number): FaultAction {
  const sizes = [minuteMs, hourMs, dayMs, 400 * dayMs];
  const byMs = Math.floor((draw() - 0.5) * 2 * pick(draw, sizes));
  return { type: 'clock', atMs: within(draw, days), forMs: spell(draw, dayMs), byMs };
}
