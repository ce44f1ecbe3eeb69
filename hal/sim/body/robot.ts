import type { BodyEvent, BodyMap, BodyMission, BodyPhase, Initiator } from '../../robot-body.ts';
import type { Pose } from '../floor/grid.ts';
import type { Terrain } from '../floor/terrain.ts';
import {
  chargeAfter,
  chargeAfterDriving,
  RESUME_PCT,
  reserveForHomePct,
  START_PCT_MIN,
} from './battery.ts';
import { drawMap } from './body-map.ts';
import { Driver } from './driver.ts';
import { Mishaps } from './mishaps.ts';
import { type BodyMemory, beginMission, endMission, recordEvent } from './mission-log.ts';
import { reachableM2, Sweeping } from './sweeping.ts';

const STUCK_GIVE_UP_S = 600;
/** The manufacturer's error codes: path blocked, battery. */
const ERROR_STUCK = 17;
const ERROR_BATTERY = 23;

export interface RobotOptions {
  readonly terrain: Terrain;
  /** The same seed and mission number give the same random events. */
  readonly seed: number;
  /** The board's wall clock, ms since 1970. */
  readonly wallMs: () => number;
  /** The robot writes its missions, events and battery here. */
  readonly memory: BodyMemory;
  /** Called after each change of what must survive a power cut. */
  readonly changed: () => void;
  /** Called with the map of a mission that ends. */
  readonly keepMap: (missionId: string, map: BodyMap) => void;
}

/**
 * The machine that drives: phases, battery, missions.
 *
 * Theory of operation. The robot's activity is a sequence of actions, each of which takes some seconds: one cell
 * driven, one second charged, paused or stuck. `advance` adds time, and an action is done as soon as its whole time has
 * passed, so that the result does not depend on how the time is divided. All decisions are made at the end of an
 * action.
 *
 *     charge -start-> run -battery-> hmMidMsn -dock-> recharge -80 %-> run -all swept-> hmPostMsn -dock-> charge
 *
 * From `run`, `hmMidMsn` and `hmPostMsn` the robot may get `stuck`, and from those of a mission it can be put on
 * `pause`; both return to the phase before. `stop` is standing still without a mission. The verbs return undefined on
 * success, else in one word why not.
 */
export class Robot {
  readonly #options: RobotOptions;
  readonly #memory: BodyMemory;
  readonly #driver: Driver;
  #phase: BodyPhase = 'charge';
  /** The phase to resume after a pause or after being stuck. */
  #before: BodyPhase = 'run';
  #sweeping: Sweeping | undefined;
  #mishaps: Mishaps;
  #stuck = { beenS: 0, freesS: 0 };
  #creditS = 0;

  /**
   * Starts on its dock; a mission that is open in the memory was interrupted by a power cut and ends as `interrupted`.
   */
  constructor(options: RobotOptions) {
    this.#options = options;
    this.#memory = options.memory;
    this.#driver = new Driver(options.terrain);
    this.#mishaps = new Mishaps(options.seed);
    this.#end('interrupted');
  }

  get phase(): BodyPhase {
    return this.#phase;
  }

  get pose(): Pose {
    return this.#driver.pose;
  }

  /** Share of the floor that this mission has cleaned, 0 to 1. */
  get progress(): number {
    return this.#sweeping?.progress ?? 0;
  }

  /** Advances the robot by `dtS` seconds of its own time. */
  advance(dtS: number): void {
    this.#creditS += dtS;
    for (let costS = this.#actS(); costS <= this.#creditS; costS = this.#actS()) {
      this.#creditS -= costS;
      this.#act(costS);
    }
    if (this.#actS() === Number.POSITIVE_INFINITY) this.#creditS = 0;
  }

  start(initiator: Initiator, tag?: string): string | undefined {
    const memory = this.#memory;
    if (memory.mission) return 'busy';
    if (this.#phase === 'stuck') return 'stuck';
    if (memory.batteryPct < START_PCT_MIN) return 'battery';
    const { terrain, seed, wallMs } = this.#options;
    beginMission(memory, {
      initiator,
      ...(tag === undefined ? {} : { tag }),
      startedMs: wallMs(),
      reachableM2: reachableM2(terrain),
    });
    this.#sweeping = new Sweeping(terrain, memory.settings['passes'] === 2 ? 2 : 1);
    this.#mishaps = new Mishaps(seed, memory.missionCount);
    this.#sweep();
    this.#enter('run');
    this.#resumeCleaning();
    return undefined;
  }

  pause(): string | undefined {
    if (this.#memory.mission === null) return 'no-mission';
    if (this.#phase === 'pause') return undefined;
    if (this.#phase === 'stuck') return 'stuck';
    if (this.#phase === 'recharge') return 'charging';
    this.#before = this.#phase;
    this.#enter('pause', 'paused');
    return undefined;
  }

  resume(): string | undefined {
    if (this.#memory.mission === null) return 'no-mission';
    if (this.#phase !== 'pause') return 'not-paused';
    this.#continue('resumed');
    return undefined;
  }

  stop(): string | undefined {
    if (this.#memory.mission === null && this.#phase !== 'hmPostMsn') return 'no-mission';
    this.#end('stopped');
    if (this.#driver.isOnDock) this.#settle();
    else this.#enter('stop');
    return undefined;
  }

  dock(): string | undefined {
    if (this.#phase === 'stuck') return 'stuck';
    this.#end('stopped');
    if (this.#driver.isOnDock) this.#settle();
    else if (this.#phase !== 'hmPostMsn') this.#goHome('hmPostMsn');
    return undefined;
  }

  /** Makes a driving robot stick, for `forS` seconds of body time if given. */
  getStuck(forS?: number): string | undefined {
    if (!['run', 'hmMidMsn', 'hmPostMsn'].includes(this.#phase)) return 'not-driving';
    this.#stuck = { beenS: 0, freesS: forS ?? this.#mishaps.stuckS() };
    this.#before = this.#phase;
    if (this.#memory.mission) this.#memory.mission.stuckCount += 1;
    this.#enter('stuck', 'stuck', ERROR_STUCK);
    return undefined;
  }

  #actS(): number {
    switch (this.#phase) {
      case 'run':
      case 'hmMidMsn':
      case 'hmPostMsn':
        return this.#driver.moveS();
      case 'charge':
        return this.#memory.batteryPct < 100 ? 1 : Number.POSITIVE_INFINITY;
      case 'recharge':
      case 'pause':
      case 'stuck':
        return 1;
      case 'stop':
        return Number.POSITIVE_INFINITY;
    }
  }

  #act(costS: number): void {
    const { mission } = this.#memory;
    if (mission && this.#phase === 'pause') mission.pauseS += costS;
    else if (mission && this.#phase === 'recharge') mission.chargeS += costS;
    else if (mission) mission.runS += costS;
    if (this.#phase === 'run') this.#clean(costS);
    else if (this.#phase === 'hmMidMsn' || this.#phase === 'hmPostMsn') this.#driveHome(costS);
    else if (this.#phase === 'charge' || this.#phase === 'recharge') this.#charge(costS);
    else if (this.#phase === 'stuck') this.#wriggle(costS);
  }

  #clean(costS: number): void {
    this.#move(costS);
    this.#sweep();
    if (this.#memory.batteryPct <= reserveForHomePct(this.#driver.homeS())) {
      this.#goHome('hmMidMsn');
    } else if (this.#mishaps.afterCleaning(costS)) this.getStuck();
    else if (this.#driver.hasArrived) this.#resumeCleaning();
  }

  #resumeCleaning(): void {
    if (this.#sweeping?.sendOn(this.#driver) === false) this.#finish('completed');
  }

  #driveHome(costS: number): void {
    this.#move(costS);
    if (!this.#driver.isOnDock) return;
    this.#driver.settleOnDock();
    const { mission } = this.#memory;
    if (mission) mission.rechargeCount += 1;
    if (mission) this.#enter('recharge', 'recharge');
    else this.#enter('charge');
  }

  #charge(costS: number): void {
    const memory = this.#memory;
    memory.batteryPct = chargeAfter(memory.batteryPct, costS);
    if (memory.mission === null || memory.batteryPct < RESUME_PCT) return;
    if (this.#sweeping?.hasGained()) {
      this.#before = 'run';
      this.#continue('resumed');
      return;
    }
    // A whole charge cleaned nothing: what is left is too far away for this battery.
    recordEvent(memory, 'error', ERROR_BATTERY);
    this.#finish('failed');
  }

  #wriggle(costS: number): void {
    this.#stuck.beenS += costS;
    if (this.#stuck.beenS >= this.#stuck.freesS) this.#continue('freed');
    else if (this.#stuck.beenS >= STUCK_GIVE_UP_S) {
      this.#end('stuck');
      this.#enter('stop');
    }
  }

  /** Resumes what a pause, a recharge or being stuck has interrupted. */
  #continue(event: BodyEvent['type']): void {
    const phase = this.#before;
    this.#enter(phase, event);
    if (phase === 'run') this.#resumeCleaning();
    else if (phase === 'hmMidMsn' || phase === 'hmPostMsn') this.#driver.headHome();
  }

  #goHome(phase: 'hmMidMsn' | 'hmPostMsn'): void {
    this.#enter(phase);
    this.#driver.headHome();
  }

  #finish(outcome: NonNullable<BodyMission['outcome']>): void {
    this.#end(outcome);
    this.#goHome('hmPostMsn');
  }

  #end(outcome: NonNullable<BodyMission['outcome']>): void {
    const { mission } = this.#memory;
    if (mission === null) return;
    const cleaned = this.#sweeping?.cleaned;
    if (cleaned) this.#options.keepMap(mission.id, drawMap(this.#options.terrain, cleaned));
    const endedMs = this.#options.wallMs();
    endMission(this.#memory, { endedMs, outcome, hasMap: cleaned !== undefined });
    this.#sweeping = undefined;
    this.#options.changed();
  }

  #settle(): void {
    this.#driver.settleOnDock();
    this.#enter('charge');
  }

  #enter(phase: BodyPhase, event?: BodyEvent['type'], code?: number): void {
    this.#phase = phase;
    if (event) recordEvent(this.#memory, event, code);
    this.#options.changed();
  }

  #move(seconds: number): void {
    this.#driver.move();
    const { settings, batteryPct } = this.#memory;
    const power = settings['cleaningPower'];
    this.#memory.batteryPct = chargeAfterDriving(batteryPct, {
      phase: this.#phase,
      power,
      seconds,
    });
  }

  #sweep(): void {
    this.#sweeping?.sweep(this.#driver.cell);
    if (this.#memory.mission) this.#memory.mission.cleanedM2 = this.#sweeping?.cleanedM2 ?? 0;
  }
}
