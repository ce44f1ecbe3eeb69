import type { Verb } from '../../../hal/robot-body.ts';
import { seededRandom } from '../../../hal/sim/body/random.ts';
import type { ImageKind } from './images.ts';
import type { Act, FaultAct, HttpFault, LifeAct, Plan, Where } from './plan.ts';

type Draw = () => number;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A seed's story: some days of an ordinary robot's life, and the faults of a bad week in them. */
export function drawPlan(seed: number): Plan {
  // A stream for each chapter: a new kind of act in one does not make another story of the others.
  const chapter = (n: number) => seededRandom(seed, 0x91a4, n);
  const days = 2 + Math.floor(chapter(0)() * 4);
  const updates = drawUpdates(chapter(2), days);
  const acts: Act[] = [
    ...drawLife(chapter(1), days),
    ...updates,
    ...drawUpdateEnds(chapter(6), updates),
    ...drawRenewals(chapter(3), days),
    ...drawFaults(chapter(4), days),
    ...drawDeafness(chapter(6), days),
  ];
  acts.push(...drawBusyMoments(chapter(5), acts));
  return { seed, days, acts: acts.sort((a, b) => a.atMs - b.atMs) };
}

const pick = <T>(draw: Draw, from: readonly T[]): T => from[Math.floor(draw() * from.length)] as T;
const many = (draw: Draw, max: number): number => Math.floor(draw() * (max + 1));
const within = (draw: Draw, days: number): number => Math.floor(draw() * days * dayMs);
const spell = (draw: Draw, max: number): number => Math.floor(draw() ** 2 * max) + minuteMs;

function drawLife(draw: Draw, days: number): LifeAct[] {
  const acts: LifeAct[] = [];
  for (let day = 0; day < days; day++) {
    const at = () => day * dayMs + within(draw, 1);
    const button = () => ({ type: 'button', atMs: at() }) as const;
    acts.push(button(), button());
    for (let n = many(draw, 4); n > 0; n--) acts.push(...drawCommands(draw, at()));
    for (let n = many(draw, 2); n > 0; n--) acts.push(...drawSettings(draw, at()));
    if (draw() < 0.2) acts.push({ type: 'stuck', atMs: at(), forS: draw() < 0.5 ? 60 : 700 });
  }
  return acts;
}

/** A command; a pause is nearly always followed by something. */
function drawCommands(draw: Draw, atMs: number): LifeAct[] {
  const verbs = ['start', 'start', 'start', 'pause', 'stop', 'dock', 'locate'] as const;
  const command = (verb: Verb, laterMs: number): LifeAct => {
    return { type: 'command', atMs: atMs + laterMs, verb, expiresMs: spell(draw, hourMs) };
  };
  const verb = pick(draw, verbs);
  if (verb !== 'pause' || draw() < 0.1) return [command(verb, 0)];
  const next = pick(draw, ['resume', 'resume', 'stop', 'dock'] as const);
  return [command(verb, 0), command(next, Math.floor(draw() * 10 * minuteMs))];
}

const wishes: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  name: ['Rosie', 'Marvin', 'Eve', 'Dusty', 'Data'],
  cleaningPower: ['eco', 'boost', 'auto', 'turbo'],
  passes: [1, 2],
  childLock: [true, false],
  binPause: [true, false],
  nonsense: [1],
};

/** A wish, and now and then another one a moment later. */
function drawSettings(draw: Draw, atMs: number): LifeAct[] {
  const name = pick(draw, Object.keys(wishes));
  const value = () => pick(draw, wishes[name] ?? []);
  const acts: LifeAct[] = [{ type: 'setting', atMs, name, value: value() }];
  if (draw() < 0.5) {
    acts.push({ type: 'setting', atMs: atMs + Math.floor(draw() * 3000), name, value: value() });
  }
  return acts;
}

/** Commands for a robot that has just connected and does not know the time: hardly a message gets through. */
function drawDeafness(draw: Draw, days: number): Act[] {
  if (draw() >= 0.2) return [];
  const atMs = within(draw, days);
  const commands = Array.from({ length: 3 }, (_, n): LifeAct => {
    const command = { type: 'command', verb: 'start', expiresMs: 70_000 } as const;
    return { ...command, atMs: atMs + 5000 + n * 20_000 };
  });
  return [
    { type: 'drop', atMs, forMs: 3 * minuteMs, share: 0.8 },
    { type: 'cut', atMs: atMs + 1000 },
    ...commands,
  ];
}

function drawUpdates(draw: Draw, days: number): LifeAct[] {
  const kinds: readonly ImageKind[] = [
    ...(['good', 'good', 'good', 'good', 'crashes', 'hangs', 'deaf'] as const),
    ...(['unsigned', 'wrong-hardware', 'rollback', 'expired', 'damaged', 'missing'] as const),
  ];
  const times = Array.from({ length: many(draw, 3) }, () => within(draw, days));
  let counter = 1;
  return times
    .sort((a, b) => a - b)
    .map((atMs, n) => {
      const image = pick(draw, kinds);
      if (image === 'good') counter += many(draw, 1);
      const own = image === 'rollback' ? counter - 1 : counter;
      return { type: 'update', atMs, version: n + 2, counter: own, image };
    });
}

/** One robot in eight has a certificate that becomes due within the first day; some owners cannot wait. */
function drawRenewals(draw: Draw, days: number): Act[] {
  if (draw() >= 0.125) return [];
  const acts: Act[] = [
    {
      type: 'certificate',
      atMs: 0,
      pastMs: 18 * dayMs,
      leftMs: 10 * dayMs,
      graceMs: 10 * minuteMs,
    },
  ];
  for (let n = many(draw, 3); n > 0; n--) {
    acts.push({ type: 'renew', atMs: within(draw, days), rotateKey: draw() < 0.5 });
  }
  const lasting = () => ({ atMs: within(draw, days), forMs: spell(draw, dayMs) });
  for (const type of ['spoil', 'disk-fails'] as const) {
    if (draw() < 0.5) continue;
    const act = { type, ...lasting(), share: 0.3 + draw() * 0.4 };
    acts.push(act, { type: 'renew', atMs: act.atMs + 1000, rotateKey: draw() < 0.5 });
  }
  if (draw() < 0.5) acts.push({ type: 'kill', ...lasting(), where: 'before change pairs' });
  if (draw() < 0.5) acts.push({ type: 'kill', ...lasting(), where: 'after change pairs' });
  return acts;
}

const shares = ['drop', 'repeat', 'corrupt', 'junk', 'refuse', 'mute', 'jam'] as const;

/** Each kind of fault comes in about half of the stories; a story with none of them is a fine day. */
function drawFaults(draw: Draw, days: number): FaultAct[] {
  const acts: FaultAct[] = [];
  const lasting = () => ({ atMs: within(draw, days), forMs: spell(draw, 8 * hourMs) });
  const share = () => 0.05 + draw() * 0.5;
  const some = (chance: number, max: number, make: () => FaultAct) => {
    if (draw() >= chance) return;
    for (let n = 1 + many(draw, max - 1); n > 0; n--) acts.push(make());
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
  return acts;
}

/** A fault in a quiet hour finds nothing to spoil: in every second one that lasts, somebody is busy with the robot. */
function drawBusyMoments(draw: Draw, acts: readonly Act[]): LifeAct[] {
  return acts.flatMap((act): LifeAct[] => {
    if (!('forMs' in act) || (act.type !== 'delay' && draw() < 0.5)) return [];
    const atMs = act.atMs + Math.floor((draw() * act.forMs) / 2);
    return [
      { type: 'button', atMs },
      ...drawCommands(draw, atMs + 1000),
      ...drawCommands(draw, atMs + Math.floor(draw() * 20 * minuteMs)),
      ...drawSettings(draw, atMs + 3000),
      ...drawSettings(draw, atMs + 600_000),
    ];
  });
}

const hows: readonly HttpFault[] = [
  ...(['refused', 'denied', 'busy', 'slow', 'truncated', 'answer-lost', 'grant-expired'] as const),
];

/** The steps of the agent and of its board that an end may fall before or after. */
const steps: readonly string[] = [
  ...['commit', 'commit', 'commit', 'publish', 'keep map', 'put map', 'forget map'],
  ...['body.command', 'body.command', 'body.configure', 'body.snapshot', 'body.map'],
];
const updateSteps: readonly string[] = [
  ...['commit', 'fetch image', 'slot.begin', 'slot.complete', 'boot.arm', 'system.reboot'],
  ...['boot.confirm', 'raise floor'],
];
const writes: readonly string[] = ['save body', 'save map'];
const updateWrites: readonly string[] = ['save boot', 'clear slot', 'sync slot'];

const drawEnd = (draw: Draw, days: number): FaultAct =>
  endAt(draw, within(draw, days), draw() < 0.4 ? [...steps, ...writes] : steps);

/** Every second update is cut off somewhere, and some of them twice. */
function drawUpdateEnds(draw: Draw, updates: readonly LifeAct[]): FaultAct[] {
  const where = [...updateSteps, ...updateSteps, ...updateWrites];
  return updates.flatMap(({ atMs }) =>
    Array.from({ length: pick(draw, [0, 0, 1, 2]) }, () => endAt(draw, atMs, where)),
  );
}

function endAt(draw: Draw, atMs: number, points: readonly string[]): FaultAct {
  const point = pick(draw, points);
  const where: Where = draw() < 0.1 ? 'now' : `${draw() < 0.5 ? 'before' : 'after'} ${point}`;
  const forMs = where === 'now' ? 0 : 12 * hourMs;
  const isOfBoard = writes.includes(point) || updateWrites.includes(point);
  if (!isOfBoard && draw() < 0.6) return { type: 'kill', atMs, forMs, where };
  const clock = draw() < 0.5 ? 'lost' : 'runs on';
  return { type: 'power-cut', atMs, forMs, where, offMs: spell(draw, hourMs), clock };
}

function drawClock(draw: Draw, days: number): FaultAct {
  const sizes = [minuteMs, hourMs, dayMs, 400 * dayMs];
  const byMs = Math.floor((draw() - 0.5) * 2 * pick(draw, sizes));
  return { type: 'clock', atMs: within(draw, days), forMs: spell(draw, dayMs), byMs };
}
