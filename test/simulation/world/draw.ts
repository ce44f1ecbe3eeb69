import { seededRandom } from '../../../base/random.ts';
import type { Verb } from '../../../hal/robot-body.ts';
import { type Draw, dayMs, hourMs, many, minuteMs, pick, spell, within } from './chance.ts';
import { drawFaults, drawFileEnds, drawUpdateEnds } from './draw-faults.ts';
import type { ImageKind } from './images.ts';
import type { Action, Scenario, UsualAction } from './scenario.ts';

/** Draws a seed's scenario: some days of ordinary use, with many faults in them or with none. */
export function drawScenario(seed: number): Scenario {
  // Each part draws from a stream of its own, so that a new kind of action in one does not change the others.
  const stream = (n: number) => seededRandom(seed, 0x91a4, n);
  const days = 2 + Math.floor(stream(0)() * 4);
  const isFine = stream(7)() < 0.05;
  const updates = drawUpdates(stream(2), days);
  const actions: Action[] = [...drawUsual(stream(1), days), ...updates];
  actions.push(...drawOwner(stream(11), days, isFine));
  actions.push(...drawBursts(stream(12), days, isFine));
  if (!isFine) {
    actions.push(...drawUpdateEnds(stream(6), updates), ...drawRenewals(stream(3), days));
    actions.push(...drawFaults(stream(4), days));
    actions.push(...drawDeafness(stream(8), days));
    actions.push(...drawBackups(stream(9), days), ...drawSmallOutbox(stream(10), days));
    actions.push(...drawInventedJobs(stream(11), days));
    actions.push(...drawFalseCloud(stream(12), days, actions));
  }
  actions.push(...drawBusyMoments(stream(5), actions));
  // Drawn last, so that the busy moments of the other actions stay where they are.
  if (!isFine)
    actions.push(...drawFileEnds(stream(13), days, actions), ...drawPoison(stream(14), days));
  actions.push(...drawWithdrawals(stream(16), actions));
  actions.push(...drawNeighbour(stream(15), days, isFine));
  return { seed, days, actions: actions.sort((a, b) => a.atMs - b.atMs) };
}

function drawUsual(draw: Draw, days: number): UsualAction[] {
  const actions: UsualAction[] = [];
  for (let day = 0; day < days; day++) {
    const at = () => day * dayMs + within(draw, 1);
    const button = () => ({ type: 'button', atMs: at() }) as const;
    actions.push(button(), button());
    for (let n = many(draw, 4); n > 0; n--) actions.push(...drawCommands(draw, at()));
    for (let n = many(draw, 2); n > 0; n--) actions.push(...drawSettings(draw, at()));
    if (draw() < 0.2) actions.push({ type: 'stuck', atMs: at(), forS: draw() < 0.5 ? 60 : 700 });
  }
  return actions;
}

/** A command; a `pause` is nearly always followed by another one. */
function drawCommands(draw: Draw, atMs: number): UsualAction[] {
  const verbs = ['start', 'start', 'start', 'pause', 'stop', 'dock', 'locate'] as const;
  const command = (verb: Verb, laterMs: number): UsualAction => {
    return { type: 'command', atMs: atMs + laterMs, verb, expiresMs: spell(draw, hourMs) };
  };
  const verb = pick(draw, verbs);
  if (verb !== 'pause' || draw() < 0.1) return [command(verb, 0)];
  const next = pick(draw, ['resume', 'resume', 'stop', 'dock'] as const);
  return [command(verb, 0), command(next, Math.floor(draw() * 10 * minuteMs))];
}

const desiredValues: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  name: ['Rosie', 'Marvin', 'Eve', 'Dusty', 'Data'],
  cleaningPower: ['eco', 'boost', 'auto', 'turbo'],
  passes: [1, 2],
  childLock: [true, false],
  binPause: [true, false],
  nonsense: [1],
};

/** A desired setting, and sometimes another one a moment later. */
function drawSettings(draw: Draw, atMs: number): UsualAction[] {
  const name = pick(draw, Object.keys(desiredValues));
  const value = () => pick(draw, desiredValues[name] ?? []);
  const actions: UsualAction[] = [{ type: 'setting', atMs, name, value: value() }];
  if (draw() < 0.5) {
    actions.push({ type: 'setting', atMs: atMs + Math.floor(draw() * 3000), name, value: value() });
  }
  return actions;
}

/** An owner who changes on the robot what the cloud has requested, and others who write nonsense into the shadow. */
function drawOwner(draw: Draw, days: number, isFine: boolean): Action[] {
  if (draw() < 0.5) return [];
  return Array.from({ length: 1 + many(draw, 3) }, () => drawChange(draw, days, isFine)).flat();
}

function drawChange(draw: Draw, days: number, isFine: boolean): Action[] {
  const atMs = within(draw, days);
  const name = pick(draw, ['name', 'cleaningPower', 'passes', 'childLock'] as const);
  const [first, second, third] = owned[name];
  const later = (): number => atMs + Math.floor(draw() * 3 * minuteMs);
  const actions: Action[] = [
    { type: 'setting', atMs, name, value: first },
    {
      type: 'owner',
      atMs: atMs + minuteMs + Math.floor(draw() * 4 * minuteMs),
      name,
      value: second,
    },
  ];
  // During an outage, with a kill, or with another desired value at about the same time.
  if (!isFine && draw() < 0.4) {
    actions.push({ type: 'cut', atMs: atMs + minuteMs });
    actions.push({ type: 'refuse', atMs: atMs + minuteMs, forMs: 6 * minuteMs, share: 1 });
  }
  if (!isFine && draw() < 0.2)
    actions.push({ type: 'kill', atMs: later(), forMs: 0, where: 'now' });
  if (!isFine && draw() < 0.3) {
    // Another desired value that crosses the robot's update on the way.
    const changedMs = actions[1]?.atMs ?? atMs;
    actions.push({ type: 'delay', atMs: changedMs - 1000, forMs: minuteMs, msMax: 15_000 });
    const crossMs = changedMs + Math.floor(draw() * 8000);
    actions.push({ type: 'setting', atMs: crossMs, name, value: third });
  }
  if (draw() < 0.4) actions.push({ type: 'setting', atMs: later() + minuteMs, name, value: third });
  if (draw() < 0.3) {
    const value = pick(draw, [[1], { a: 1 }, [[]]]);
    actions.push({ type: 'invalid-setting', atMs: later(), name: 'binPause', value });
  }
  return actions;
}

/** A burst of every command with a `stop` at the end; often while the body hardly responds or the robot reconnects. */
function drawBursts(draw: Draw, days: number, isFine: boolean): Action[] {
  if (draw() < 0.6) return [];
  return Array.from({ length: 1 + many(draw, 2) }, (): Action[] => {
    const atMs = within(draw, days);
    const verbs = Array.from({ length: 2 + many(draw, 5) }, () =>
      pick(draw, ['start', 'start', 'locate', 'pause', 'resume', 'dock'] as const),
    );
    const expiresMs = 60_000 + Math.floor(draw() * 9 * minuteMs);
    const burst: Action = { type: 'burst', atMs, verbs: [...verbs, 'stop'], expiresMs };
    if (isFine) return [burst];
    const [kind] = [draw()];
    if (kind < 0.4) {
      return [
        { type: 'board-silent', atMs: Math.max(0, atMs - 5000), forMs: 2 * minuteMs, share: 0.7 },
        burst,
      ];
    }
    return kind < 0.7 ? [{ type: 'cut', atMs: Math.max(0, atMs - 10_000) }, burst] : [burst];
  }).flat();
}

/** The desired value, the owner's change, and the next desired value. */
const owned = {
  name: ['Rosie', 'Robbie', 'Marvin'],
  cleaningPower: ['boost', 'eco', 'auto'],
  passes: [2, 1, 2],
  childLock: [true, false, true],
} as const;

/** Commands for a robot that has just connected and does not know the time, while hardly any message gets through. */
function drawDeafness(draw: Draw, days: number): Action[] {
  if (draw() >= 0.2) return [];
  const atMs = within(draw, days);
  const commands = Array.from({ length: 3 }, (_, n): UsualAction => {
    const command = { type: 'command', verb: 'start', expiresMs: 70_000 } as const;
    return { ...command, atMs: atMs + 5000 + n * 20_000 };
  });
  return [
    { type: 'drop', atMs, forMs: 3 * minuteMs, share: 0.8 },
    { type: 'cut', atMs: atMs + 1000 },
    ...commands,
  ];
}

/** For one robot in eight an older copy of its store is restored: minutes old, or days. */
function drawBackups(draw: Draw, days: number): Action[] {
  if (draw() >= 0.125) return [];
  return [{ type: 'store-restored', atMs: within(draw, days), forMs: spell(draw, 2 * dayMs) }];
}

/** One update in six is withdrawn: at once, during its download, or while it waits. */
function drawWithdrawals(draw: Draw, actions: readonly Action[]): Action[] {
  return actions.flatMap((action): Action[] => {
    if (action.type !== 'update' || draw() >= 1 / 6) return [];
    return [{ type: 'withdraw', atMs: action.atMs + spell(draw, 2 * hourMs) }];
  });
}

/** One robot in ten is not alone: the same cloud has a second one, with a life and some faults of its own. */
function drawNeighbour(draw: Draw, days: number, isFine: boolean): Action[] {
  if (draw() >= 0.1) return [];
  const actions: Action[] = drawUsual(draw, days);
  const lasting = () => ({ atMs: within(draw, days), forMs: spell(draw, 8 * hourMs) });
  if (!isFine) {
    actions.push({ type: 'kill', atMs: within(draw, days), forMs: 0, where: 'now' });
    actions.push({ type: 'cut', atMs: within(draw, days) });
    actions.push({ type: 'half-open', atMs: within(draw, days) });
    actions.push({ type: 'drop', ...lasting(), share: draw() * 0.5 });
    actions.push({ type: 'delay', ...lasting(), msMax: 2000 + Math.floor(draw() * 20_000) });
  }
  return actions.map((action) => ({ ...action, robot: 2 }));
}

/** One robot in twelve has an agent that crashes at every start because of what it stored. */
function drawPoison(draw: Draw, days: number): Action[] {
  if (draw() >= 1 / 12) return [];
  const machine = pick(draw, ['missions', 'commands'] as const);
  return [{ type: 'poison', atMs: within(draw, days), machine }];
}

/** One robot in eight meets a faulty jobs service; some reconnect to it. */
function drawInventedJobs(draw: Draw, days: number): Action[] {
  if (draw() >= 0.125) return [];
  const atMs = within(draw, days);
  return [
    { type: 'invented-jobs', atMs, forMs: spell(draw, 6 * hourMs) },
    { type: 'cut', atMs: atMs + minuteMs },
  ];
}

/** One robot in ten has room for few reports only, and keeps cleaning while its cloud is unreachable. */
function drawSmallOutbox(draw: Draw, days: number): Action[] {
  if (draw() >= 0.1) return [];
  const atMs = within(draw, days);
  const forMs = dayMs / 2 + Math.floor(draw() * dayMs);
  const buttons = Array.from({ length: 6 }, (_, n): UsualAction => {
    return { type: 'button', atMs: atMs + n * 3 * hourMs };
  });
  return [
    { type: 'outbox', atMs: 0, reports: 1 + many(draw, 4) },
    { type: 'cut', atMs },
    { type: 'refuse', atMs, forMs, share: 1 },
    ...buttons,
  ];
}

/**
 * One robot in six meets a false cloud, for minutes or for a day. One false cloud in three has the renewal CA's key,
 * too. During that time the robot is made to renew its certificate there.
 */
function drawFalseCloud(draw: Draw, days: number, actions: readonly Action[]): Action[] {
  if (draw() >= 1 / 6) return [];
  const atMs = within(draw, days);
  const forMs = 10 * minuteMs + spell(draw, dayMs);
  const ca = draw() < 1 / 3 ? 'stolen' : 'own';
  const aheadMs = pick(draw, [8 * 365 * dayMs, 2 * 365 * dayMs, 5 * dayMs, 0, -2 * dayMs]);
  const how = { isShut: draw() < 0.15, isLying: draw() < 0.5 };
  const attack: Action = { type: 'false-cloud', atMs, forMs, aheadMs, ca, ...how };
  const renew: Action = { type: 'renew', atMs: atMs + 5 * minuteMs, rotateKey: draw() < 0.5 };
  const isRenewing = actions.some(({ type }) => type === 'certificate');
  const leftMs = pick(draw, [355 * dayMs, 10 * 365 * dayMs]);
  const ours = { pastMs: 10 * dayMs, leftMs, graceMs: dayMs };
  const certificate: Action = { type: 'certificate', atMs: 0, ...ours };
  return isRenewing ? [attack, renew] : [certificate, attack, renew];
}

function drawUpdates(draw: Draw, days: number): UsualAction[] {
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

/** One robot in eight has a certificate that becomes due within the first day; some owners request renewal earlier. */
function drawRenewals(draw: Draw, days: number): Action[] {
  if (draw() >= 0.125) return [];
  const actions: Action[] = [
    {
      type: 'certificate',
      atMs: 0,
      pastMs: 18 * dayMs,
      leftMs: 10 * dayMs,
      graceMs: 10 * minuteMs,
    },
  ];
  for (let n = many(draw, 3); n > 0; n--) {
    actions.push({ type: 'renew', atMs: within(draw, days), rotateKey: draw() < 0.5 });
  }
  const lasting = () => ({ atMs: within(draw, days), forMs: spell(draw, dayMs) });
  for (const type of ['revoke-next', 'disk-fails'] as const) {
    if (draw() < 0.5) continue;
    const action = { type, ...lasting(), share: 0.3 + draw() * 0.4 };
    actions.push(action, { type: 'renew', atMs: action.atMs + 1000, rotateKey: draw() < 0.5 });
  }
  if (draw() < 0.5)
    actions.push({ type: 'kill', ...lasting(), where: 'before change credentials' });
  if (draw() < 0.5) actions.push({ type: 'kill', ...lasting(), where: 'after change credentials' });
  return actions;
}

/** A fault while the robot is idle affects nothing, so during every second lasting fault the robot is kept busy. */
function drawBusyMoments(draw: Draw, actions: readonly Action[]): UsualAction[] {
  return actions.flatMap((action): UsualAction[] => {
    if (!('forMs' in action) || (action.type !== 'delay' && draw() < 0.5)) return [];
    const atMs = action.atMs + Math.floor((draw() * action.forMs) / 2);
    return [
      { type: 'button', atMs },
      ...drawCommands(draw, atMs + 1000),
      ...drawCommands(draw, atMs + Math.floor(draw() * 20 * minuteMs)),
      ...drawSettings(draw, atMs + 3000),
      ...drawSettings(draw, atMs + 600_000),
    ];
  });
}
