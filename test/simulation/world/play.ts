import { perform } from './actions.ts';
import { provisionedFiles, worldCa } from './factory.ts';
import { checkFinalInvariants, missionsOf } from './final-invariants.ts';
import type { Violation } from './rules.ts';
import type { Action, Scenario } from './scenario.ts';
import { calm } from './weather.ts';
import { neighbour, type Renewal, robot, startMs, World } from './world.ts';

export type { Violation } from './rules.ts';

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly virtualMs: number;
  /** Faults injected, by kind. */
  readonly faults: Readonly<Record<string, number>>;
  /** What happened: missions, commands, updates, maps, kills... */
  readonly seen: Readonly<Record<string, number>>;
}

export interface TraceLine {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
  readonly about?: object;
}

export interface PlayOptions {
  readonly trace?: (line: TraceLine) => void;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** The daily poll finds what was missed without a trace; then it may take hours, as an update does. */
const quietMs = 28 * hourMs;

/**
 * Runs a scenario: its days, then the quiet period, then the invariant check. The same scenario always gives the same
 * outcome and the same trace. Run one at a time in a process: errors that the agent throws in a promise are caught
 * process-wide. Rejects only for a fault of the world itself.
 */
export async function play(scenario: Scenario, options: PlayOptions = {}): Promise<Outcome> {
  const { trace } = options;
  const world: World = new World({
    seed: scenario.seed,
    files: await provisionedFiles(robot, startMs, firstCertificate(scenario.actions)),
    renewal: await renewalOf(scenario),
    falseCa: await falseCaOf(scenario),
    reportsMax: scenario.actions.find((action) => action.type === 'outbox')?.reports,
    trace: trace && ((who, what, about) => trace(line(world, who, what, about))),
  });
  const second = scenario.actions.some((action) => action.robot === 2)
    ? await besideOf(world, trace)
    : undefined;
  const worlds = second === undefined ? [world] : [world, second];
  const { clock } = world;
  const uncaught = (error: unknown) => world.rules.crashed(error);
  const violations = () => worlds.flatMap(violationsOf);
  const restore = catchRejections(uncaught);
  try {
    for (const action of scenario.actions) {
      const meant = action.robot === 2 && second !== undefined ? second : world;
      clock.after(action.atMs, () => perform(meant, action));
    }
    for (const { board } of worlds) await board.powerOn();
    const endMs = scenario.days * dayMs;
    const faultsEndMs = Math.max(endMs, ...scenario.actions.map(lastMs));
    await clock.runUntil(faultsEndMs);
    // After a false cloud nobody sets the clock: the robot must recover by itself.
    if (violations().length === 0) {
      for (const one of worlds) beginQuietPeriod(one, !hasFalseCloud(scenario.actions));
    }
    await clock.runUntil(faultsEndMs + quietMs);
    if (violations().length === 0) worlds.forEach(checkFinalInvariants);
  } finally {
    restore();
  }
  return {
    violations: violations(),
    virtualMs: clock.nowMs,
    faults: sumOf(worlds.map(({ faults }) => faults)),
    seen: sumOf(worlds.map(summary)),
  };
}

/** A second robot of the same cloud. */
async function besideOf(world: World, trace: PlayOptions['trace']): Promise<World> {
  const second: World = new World({
    seed: world.seed + 500_000_000,
    robot: neighbour,
    beside: world,
    files: await provisionedFiles(neighbour, startMs),
    renewal: undefined,
    trace: trace && ((who, what, about) => trace(line(world, `${who}/2`, what, about))),
  });
  return second;
}

const violationsOf = ({ rules, robot: name }: World): readonly Violation[] =>
  name === robot
    ? rules.violations
    : rules.violations.map((one) => ({ ...one, detail: `${name}: ${one.detail}` }));

function sumOf(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const one of all) {
    for (const [name, count] of Object.entries(one)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

/** A CA for renewals, when the scenario has a certificate that ends. */
async function renewalOf({ actions }: Scenario): Promise<Renewal | undefined> {
  const life = firstCertificate(actions);
  return life && { ca: await worldCa('CA'), graceMs: life.graceMs };
}

const firstCertificate = (actions: Scenario['actions']) =>
  actions.find((action) => action.type === 'certificate');

/** A CA that the robot does not trust, when the scenario has a false cloud to use it. */
const falseCaOf = async ({ actions }: Scenario): Promise<Renewal['ca'] | undefined> =>
  hasFalseCloud(actions) ? worldCa('False CA') : undefined;

const hasFalseCloud = (actions: Scenario['actions']) =>
  actions.some(({ type }) => type === 'false-cloud');

const lastMs = (action: Action): number => action.atMs + ('forMs' in action ? action.forMs : 0);

/** Ends the faults, frees the robot and docks it, and sets its clock. */
function beginQuietPeriod(world: World, setsClock: boolean): void {
  world.trace('world', 'quiet period');
  world.network.line.weather = { ...calm };
  world.objects.weather.clear();
  Object.assign(world.trouble, { isFull: false, silent: 0, diskFails: 0, spoils: 0 });
  const setRight = () => {
    const { boardClock, board } = world;
    if (setsClock) boardClock.aheadMs = 0;
    const phase = board.snapshot()?.phase;
    if (phase === 'stop' || phase === 'pause') {
      board.board?.body.command({ verb: 'dock', tag: `hand-${world.clock.nowMs}` });
      board.touched();
    }
    world.clock.after(20 * 60_000, setRight);
  };
  setRight();
}

function summary(world: World): Record<string, number> {
  const rows = missionsOf(world);
  return {
    ...world.seen,
    missions: world.board.ended.size,
    renewals: world.credentials.used.length - 1,
    maps: rows.filter(({ map }) => map?.state === 'stored').length,
    messages: world.rules.sent.length,
    connects: world.network.attempts,
    settings: world.cloud.operator.get('shadows', world.robot)?.version ?? 0,
  };
}

function line(world: World, who: string, what: string, about: object | undefined): TraceLine {
  const at = { atMs: world.clock.nowMs, who, what };
  if (about === undefined) return at;
  return { ...at, about: about instanceof Uint8Array ? textOf(about) : about };
}

function textOf(bytes: Uint8Array): object {
  const text = new TextDecoder().decode(bytes);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // The violation is reported as text.
  }
  return { text };
}

/** Catches errors thrown in a promise, which would end a real process. */
function catchRejections(listener: (error: unknown) => void): () => void {
  const before = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  process.on('unhandledRejection', listener);
  return () => {
    process.removeListener('unhandledRejection', listener);
    for (const one of before) process.on('unhandledRejection', one);
  };
}
