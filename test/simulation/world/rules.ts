import type { CounterName } from '../../../agent/counters.ts';
import type { MissionRow } from '../../../cloud-stub/rows.ts';
import { bootNext } from '../../../hal/sim/board/slots.ts';
import type { HowRun } from './agent-process.ts';
import { factoryImage, type Image, type ImageKind, imageIn, sha256Of } from './images.ts';
import { OwnerRules } from './owner.ts';
import { PendingSettings } from './pending-settings.ts';
import { SafeModeRules } from './safe-mode-rules.ts';
import { StoreRules } from './store-rules.ts';
import { Withdrawals } from './withdrawals.ts';
import type { World } from './world.ts';

/** A violation: the number of an invariant in the design, or a short name. */
export interface Violation {
  readonly invariant: string;
  readonly detail: string;
}

/** A command that the body has accepted. */
interface Taken {
  readonly times: number;
  readonly atMs: number;
  readonly storesLost: number;
  /** The agent's intent was on the disk. */
  readonly isStored: boolean;
}

const violationsMax = 20;
/** Cloud time is sent in whole seconds. */
const secondMs = 1000;
const bounds = [
  { messages: 15, withinMs: secondMs },
  { messages: 40, withinMs: 60 * secondMs },
  { messages: 200, withinMs: 3600 * secondMs },
] as const;
/** Which counter is too old depends on earlier confirmations: that is checked separately. */
const untrusted = ['unsigned', 'wrong-hardware', 'expired', 'damaged', 'missing'];

/** What must never happen, checked at every event that could violate it. */
export class Rules {
  readonly violations: Violation[] = [];
  /** For each command the cloud time at which the body first accepted it, and how often it really started. */
  readonly taken = new Map<string, Taken>();
  /** When each command expires, in the order in which they were sent. */
  readonly expiries = new Map<string, number>();
  readonly #issued = new Map<string, { readonly verb: string; readonly atMs: number }>();
  /** The issue time of the newest `stop` requested from the body. */
  #stopIssuedMs = -1;
  /** The longest message delay so far. */
  delayMsMax = 0;
  /** What is wrong with the image of each job. */
  readonly offered = new Map<string, ImageKind>();
  /** Images in the order in which their slots were confirmed. */
  readonly confirmed: Image[] = [factoryImage];
  /** When the robot sent something, in ms since the world started. */
  readonly sent: number[] = [];
  /** Maps that the agent dropped, with its reason. */
  readonly mapsGivenUp = new Map<string, string>();
  /** Missions, by the body's name, whose reports a false cloud has confirmed and not stored. */
  readonly falselyConfirmed = new Set<string>();
  storesLost = 0;
  /** How many of the lost stores were restored to an older state. */
  storesRestored = 0;
  readonly store: StoreRules;
  readonly owner: OwnerRules;
  readonly safeMode: SafeModeRules;
  readonly withdrawals: Withdrawals;
  /** Final documents in the cloud's table, as text. */
  readonly #final = new Map<string, string>();
  /** An operator has blocked the robot, or the cloud does not know it yet. */
  isBlocked = true;
  /** The settings that may still be applied. */
  readonly pending: PendingSettings;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    this.pending = new PendingSettings(world.robot);
    this.store = new StoreRules(world);
    this.owner = new OwnerRules(world);
    this.safeMode = new SafeModeRules(world);
    this.withdrawals = new Withdrawals(world);
  }

  /** The world ends with the first violation, which later ones would only hide. */
  broken(invariant: string, detail: string): void {
    const known = this.violations.some(
      (one) => one.invariant === invariant && one.detail === detail,
    );
    if (known || this.violations.length >= violationsMax) return;
    this.violations.push({ invariant, detail });
    this.#world.trace('rules', `violated: ${invariant}`, { detail });
    this.#world.clock.isStopped = true;
  }

  /** 1: an ended document is final, once it is durably stored. */
  missionStored({ missionId, document }: MissionRow): void {
    if (!document.ended) {
      if (this.#final.has(missionId)) this.broken('1', `${missionId} is open again`);
      return;
    }
    const text = JSON.stringify(document);
    const before = this.#final.get(missionId);
    if (before !== undefined && before !== text) {
      this.broken('1', `the final document of ${missionId} changed`);
    }
    this.#final.set(missionId, text);
  }

  /** 3: after a power cut at this moment a complete and trusted slot would boot. */
  mediumChanged(what: string): void {
    if (!['save boot', 'clear slot', 'sync slot'].includes(what)) return;
    const { boot, slots } = this.#world.board.medium;
    const { booted } = bootNext(boot);
    const bytes = booted === undefined ? undefined : slots.read(booted);
    const image = imageIn(bytes);
    if (booted === undefined || bytes === undefined || image === undefined) {
      return this.broken('3', 'no slot could boot');
    }
    if (boot.slots[booted]?.sha256 !== sha256Of(bytes)) {
      this.broken('3', `slot ${booted} holds another image than it should`);
    }
    if (untrusted.includes(image.kind)) this.broken('3', `${image.kind} image would boot`);
    const last = this.confirmed.at(-1);
    if (last !== undefined && image.counter < last.counter) {
      this.broken('4', `security counter ${image.counter} would boot after ${last.counter}`);
    }
    this.#noteConfirmed();
  }

  /** 4: a confirmed image stays until another one is confirmed or tried. */
  booted(slot: string | undefined): void {
    const { boot, slots } = this.#world.board.medium;
    this.#world.saw('boots');
    this.#world.trace('board', 'booted', { slot });
    const image = slot === undefined ? undefined : imageIn(slots.read(slot));
    if (slot === undefined || image === undefined) return this.broken('3', 'no slot booted');
    const last = this.confirmed.at(-1);
    const isGood = boot.slots[slot]?.state === 'good';
    if (isGood && last !== undefined && image.version !== last.version) {
      this.broken('4', `${image.version} booted after ${last.version} was confirmed`);
    }
  }

  /** 8: no connection with a certificate that is not active. */
  connected(certificateId: string): void {
    const status = this.#world.cloud.statusOf(certificateId);
    if (status !== 'ACTIVE') this.broken('8', `connected by a certificate that is ${status}`);
  }

  /** A request to the body. */
  asked(op: string, params: object): void {
    if (op === 'body.command') this.#commanded((params as { tag: string }).tag);
    if (op === 'boot.arm') this.withdrawals.arming((params as { slot: string }).slot);
    if (op === 'body.configure') {
      this.#configured((params as { settings: Record<string, unknown> }).settings);
    }
  }

  /** 2: a setting never goes back to a value desired before the last received one. */
  #configured(settings: Readonly<Record<string, unknown>>): void {
    const name = this.pending.overtakenOf(settings);
    if (name !== undefined) this.broken('2', `${name} went back to ${String(settings[name])}`);
    const owned = this.owner.configured(settings);
    if (owned !== undefined) this.broken('2', `${owned} was changed on the robot, and is undone`);
  }

  commandIssued(id: string, verb: string, expiresMs: number): void {
    this.expiries.set(id, expiresMs);
    this.#issued.set(id, { verb, atMs: this.#world.clock.nowMs });
  }

  /** 6: a start that was sent before a stop does not run after it, even when the network delivers it later. */
  #overtaken(tag: string): void {
    const { verb, atMs } = this.#issued.get(tag) ?? { verb: '', atMs: Number.POSITIVE_INFINITY };
    if (verb === 'stop') this.#stopIssuedMs = Math.max(this.#stopIssuedMs, atMs);
    const moves = verb === 'start' || verb === 'resume' || verb === 'dock';
    if (moves && atMs < this.#stopIssuedMs) {
      this.broken('6', `${verb} ${tag} came after a later stop`);
    }
  }

  /** 6: at most once, never late. */
  #commanded(tag: string): void {
    const { board, cloud, disk } = this.#world;
    const isKnown = board.snapshot()?.commands.some((record) => record.tag === tag);
    const before = this.taken.get(tag);
    if (isKnown) {
      // An agent without its old store cannot know, nor can one that was unable to store the intent. The body does, and
      // repeats its answer.
      const { storesLost } = this;
      const forgot = before !== undefined && (!before.isStored || before.storesLost < storesLost);
      if (!forgot) this.broken('6', `the body was asked twice for ${tag}`);
      return;
    }
    const times = before?.times ?? 0;
    const isStored = disk.has('commands', tag);
    if (!isStored && this.#issued.get(tag)?.verb !== 'stop') {
      this.broken('6', `${tag} ran before its intent was stored`);
    }
    const { storesLost } = this;
    this.taken.set(tag, { times: times + 1, atMs: cloud.nowMs, storesLost, isStored });
    this.#world.saw('commands');
    this.#overtaken(tag);
    if (times > 0) this.broken('6', `command ${tag} ran ${times + 1} times`);
    const lateMs = cloud.nowMs - (this.expiries.get(tag) ?? 0);
    if (lateMs > secondMs + this.delayMsMax) this.broken('6', `${tag} ran ${lateMs} ms late`);
  }

  /**
   * A command that neither the store nor the body remembers is unknown to everyone: the power went between the body's
   * action and its own memory, and then the store was lost as well.
   */
  storeLost(): void {
    this.storesLost++;
    this.owner.forget();
    const commands = this.#world.board.snapshot()?.commands;
    if (commands === undefined) return;
    for (const [tag, taken] of this.taken) {
      const isKnown = commands.some((record) => record.tag === tag);
      if (!isKnown) this.taken.set(tag, { ...taken, times: 0 });
    }
  }

  /** Everything since the backup is lost with the store. */
  storeRestored(): void {
    this.storesRestored++;
    this.storeLost();
  }

  /** 8: a robot that is not blocked has, at every moment, credentials that the cloud accepts. */
  checkCredentials(): void {
    const { credentials, cloud } = this.#world;
    const isIn = credentials.some(
      ({ certificateId }) => cloud.statusOf(certificateId) === 'ACTIVE',
    );
    if (!isIn && !this.isBlocked)
      this.broken('8', 'a moment without credentials that the cloud accepts');
  }

  /** 7: at most one CONNECT a second, also after a restart of the process. */
  attempted(pauseMs: number): void {
    if (pauseMs < secondMs) this.broken('7', `two attempts to connect within ${pauseMs} ms`);
  }

  /** 7: the robot's rate limits. In a thousand seeds at most half of this was sent. */
  published(): void {
    const { nowMs } = this.#world.clock;
    this.sent.push(nowMs);
    for (const bound of bounds) {
      const before = this.sent.at(-bound.messages - 1);
      if (before !== undefined && nowMs - before < bound.withinMs) {
        this.broken('7', `more than ${bound.messages} messages within ${bound.withinMs} ms`);
      }
    }
  }

  counted(name: CounterName): void {
    if (name === 'inbox-full') this.broken('7', 'the inbox was full');
  }

  noted(text: string, about: object): void {
    if (text === 'report confirmed')
      this.store.confirmed((about as { missionId: string }).missionId);
    if (text !== 'map given up') return;
    const { mapId, code } = about as { mapId: string; code: string };
    // A store restored to an earlier state finds no file: the first reason is the right one.
    if (!this.mapsGivenUp.has(mapId)) this.mapsGivenUp.set(mapId, code);
  }

  /** An assertion of the agent's own has failed. */
  crashed(error: unknown, how?: HowRun): void {
    if (how !== undefined && this.safeMode.crashed(error, how)) return;
    const text = error instanceof Error ? error.message : String(error);
    this.broken('crash', `the agent crashed: ${text}`);
  }

  #noteConfirmed(): void {
    const { boot, slots } = this.#world.board.medium;
    for (const [name, { state }] of Object.entries(boot.slots)) {
      const image = state === 'good' ? imageIn(slots.read(name)) : undefined;
      if (image === undefined || this.confirmed.some((one) => one.version === image.version)) {
        continue;
      }
      this.confirmed.push(image);
      this.#world.saw('updates confirmed');
    }
  }
}
