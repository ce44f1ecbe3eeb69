/**
 * The robot's own controller: it drives, cleans and charges by itself, with or without a connected agent.
 *
 * Times ending in `S` are seconds of the body's own clock, which may run faster than the wall clock (`clock.speed`).
 * Every method may reject with an error whose `code` is `unavailable` (not reachable now; repeating is safe), `refused`
 * (the body rejected the request; the message says why) or `gone` (the requested item is no longer kept).
 */
export interface RobotBody {
  /** The current state. Cheap; repeating is safe. */
  snapshot(signal: AbortSignal): Promise<BodySnapshot>;
  /**
   * Events with `seq` above `after`, oldest first, at most 200. The body keeps its newest 1000; a gap between `after`
   * and the first `seq` means that older ones were lost. Repeating is safe.
   */
  events(after: number, signal: AbortSignal): Promise<readonly BodyEvent[]>;
  /** Calls `listener` when a new poll is worthwhile; many changes may give one call. Returns the unsubscriber. */
  onChanged(listener: () => void): () => void;
  /**
   * Requests an action. Not safe to repeat blindly: `tag` (1-64 characters) names the request, and after a crash
   * `snapshot().commands` shows whether it was accepted. A known tag gets its first answer again and is not run again.
   * A mission that it starts is recorded with `initiator`. A command that the body reads after `validUntilMonoMs` is
   * not started: the record has the outcome `refused`, with the reason `expired`.
   */
  command(request: BodyCommand, signal: AbortSignal): Promise<CommandRecord>;
  /** Applies settings; returns the reason for each rejected one, by name. Repeating is safe. */
  configure(
    settings: BodySettings,
    signal: AbortSignal,
  ): Promise<{ refused: Record<string, string> }>;
  /** The map of a mission (`gone` when it is no longer kept). Repeating is safe. */
  map(missionId: string, signal: AbortSignal): Promise<BodyMap>;
}

/** A request for an action: its initiator, and the tag by which it is found again. */
export interface BodyCommand {
  readonly verb: Verb;
  readonly tag: string;
  readonly initiator: Initiator;
  /**
   * The latest start, in whole milliseconds of the boot's monotonic clock (CLOCK_MONOTONIC), which the agent and the
   * adapter share. An adapter to a processor with another clock sends the remaining time. Absent: no limit.
   */
  readonly validUntilMonoMs?: number;
}

export type Verb = 'start' | 'pause' | 'resume' | 'stop' | 'dock' | 'locate';

/** What the body is doing. The words are those of the Roomba's `cleanMissionStatus.phase` where it has one. */
export type BodyPhase =
  | 'charge' // on the dock
  | 'run' // cleaning
  | 'pause' // paused on request
  | 'stuck' // needs help; frees itself or is freed
  | 'hmMidMsn' // on its way home to recharge during a mission
  | 'recharge' // on the dock during a mission, goes on afterwards
  | 'hmPostMsn' // on its way home after a mission
  | 'stop'; // standing still away from the dock, no mission

export type Initiator = 'cloud' | 'local' | 'schedule' | 'button';

export interface BodySnapshot {
  readonly phase: BodyPhase;
  readonly batteryPct: number;
  /** Metres and radians in the map's frame. */
  readonly pose: { readonly x: number; readonly y: number; readonly theta: number };
  /** The current mission. */
  readonly mission: BodyMission | null;
  /** The newest ended missions, oldest first, at most 16; kept across power cuts. */
  readonly ended: readonly BodyMission[];
  /** The newest accepted commands, oldest first, at most 32; kept across power cuts. */
  readonly commands: readonly CommandRecord[];
  /** `seq` of the newest event, 0 when there is none yet. */
  readonly lastEvent: number;
  readonly settings: BodySettings;
  readonly clock: { readonly nowS: number; readonly speed: number };
}

export interface BodyMission {
  /** Unique forever on this body, also across power cuts: 1-64 characters of `[A-Za-z0-9_-]`. */
  readonly id: string;
  readonly initiator: Initiator;
  /** The tag of the command that started it; absent for the button. */
  readonly tag?: string;
  /** By the board's wall clock, ms since 1970, as accurate as that clock was then. */
  readonly startedMs: number;
  readonly endedMs?: number;
  /** `interrupted`: the power went during the mission. */
  readonly outcome?: 'completed' | 'stopped' | 'stuck' | 'interrupted' | 'failed';
  readonly runS: number;
  readonly pauseS: number;
  readonly chargeS: number;
  /** Square metres cleaned, and reachable in total. */
  readonly cleanedM2: number;
  readonly reachableM2: number;
  readonly stuckCount: number;
  readonly rechargeCount: number;
  /** Whether `map(id)` returns a map. */
  readonly hasMap: boolean;
}

export interface BodyEvent {
  /** Counts up by one, survives power cuts. */
  readonly seq: number;
  readonly missionId: string;
  readonly type:
    | 'started'
    | 'stuck'
    | 'freed'
    | 'paused'
    | 'recharge'
    | 'resumed'
    | 'error'
    | 'ended';
  /** Seconds of body time since the mission started. */
  readonly atS: number;
  /** The manufacturer's error code, with `error` and `stuck`. */
  readonly code?: number;
}

export interface CommandRecord {
  readonly tag: string;
  readonly verb: Verb;
  readonly result: 'done' | 'refused';
  /** Why it was rejected: one word, such as `busy`, `no-mission`, `battery`, `expired`. */
  readonly reason?: string;
}

/** Settings by name; the body decides which names and values it accepts. */
export type BodySettings = Readonly<Record<string, string | number | boolean>>;

/** An occupancy grid with the cleaned cells marked. Row 0 is the top (largest y), as in an image. */
export interface BodyMap {
  readonly width: number;
  readonly height: number;
  /** Metres per cell. */
  readonly resolution: number;
  /** Pose of the lower left cell in metres. */
  readonly origin: { readonly x: number; readonly y: number };
  /** `width * height` cells: 0 unknown, 1 free, 2 occupied, 3 cleaned, 4 the dock. */
  readonly cells: Uint8Array;
}
