import { PilotfishError } from '../../../base/errors.ts';
import type { BootState, Fallback, Slot } from '../../boot-control.ts';

/** What a slot's record holds: the contract's slot without its name. */
export type SlotRecord = Omit<Slot, 'name'>;

/** The boot loader's complete state; stored as one file and replaced in one step. */
export interface BootMemory {
  readonly v: 1;
  /** The slot to boot next. */
  readonly next: string;
  readonly slots: Readonly<Record<string, SlotRecord>>;
  readonly fallback?: Fallback;
}

/** A board that has never been flashed. */
export const BLANK_BOOT: BootMemory = {
  v: 1,
  next: 'a',
  slots: { a: { state: 'empty' }, b: { state: 'empty' } },
};

const ATTEMPTS_MAX = 16;

/**
 * The board leaves a confirmed slot for the other good one after this many failed starts in a row: three of the whole
 * agent, which start safe mode (`agent/supervise/crashes.ts`), and three of safe mode.
 */
export const failedStartsMax = 6;

/*
 * Theory of operation. Each function below is one transition of the boot memory, and pure: memory in, memory out. The
 * result must be stored before anything is done that relies on it.
 *
 *     empty --completeWrite--> complete --arm--> trial --confirm--> good
 *     any (not running) --beginWrite--> empty    trial --attempts used up--> bad
 *     good --failed starts, or damaged--> exhausted (stored as good with `failedStartsMax` failed starts)
 *
 * An exhausted slot boots only when no other one may, and then its count restarts: two slots that both fail take turns,
 * a whole round of starts each, and the caller makes the delays between the rounds grow.
 *
 * INVARIANT: once a slot was good, there is always one that may boot. So nothing may be written or armed while the
 * running slot is on trial, since the other one is its fallback; and the running slot itself is never written.
 */

const none: ReadonlySet<string> = new Set();

/**
 * The boot loader: picks the next slot, a trial only while it has attempts left, else another good one, never one of
 * `unfit`. An attempt is deducted before a trial starts, so that a slot that causes power cuts also runs out of them.
 */
export function bootNext(
  memory: BootMemory,
  unfit = none,
): { memory: BootMemory; booted: string | undefined } {
  const slot = memory.slots[memory.next];
  const left = slot?.attemptsLeft ?? 0;
  if (slot?.state === 'trial' && left > 0 && !unfit.has(memory.next)) {
    const started = put(memory, memory.next, { ...slot, attemptsLeft: left - 1 });
    return { memory: started, booted: memory.next };
  }
  if (slot?.state === 'trial' && left === 0) {
    const detail = 'rebooted before it was confirmed';
    return bootNext(giveUp(memory, { slot: memory.next, reason: 'unconfirmed', detail }), unfit);
  }
  const good = goodSlots(memory).filter((name) => !unfit.has(name));
  const fresh = good.find((name) => !isExhausted(memory.slots[name]));
  const booted = fresh ?? good[0];
  if (booted === undefined) return { memory, booted };
  const { failedStarts: _, ...round } = slotOf(memory, booted);
  const started = fresh === undefined ? put(memory, booted, round) : memory;
  return { memory: started.next === booted ? started : { ...started, next: booted }, booted };
}

/** The slot's trial has failed: it becomes `bad`, the reason is kept, and a good slot is next. */
export function giveUp(memory: BootMemory, why: Fallback): BootMemory {
  const { attemptsLeft = 0, attempts, ...slot } = slotOf(memory, why.slot);
  const bad = put(memory, why.slot, { ...slot, state: 'bad' });
  const starts = attempts === undefined ? {} : { starts: attempts - attemptsLeft };
  return { ...bad, next: goodSlots(bad)[0] ?? why.slot, fallback: { ...why, ...starts } };
}

/**
 * A start of a confirmed slot has failed. When it was the last allowed one, or at once when the slot is damaged, the
 * other good slot is next, if there is one, and the reason is kept. Returns the same memory when nothing has changed.
 */
export function startFailed(memory: BootMemory, why: Fallback): BootMemory {
  const slot = slotOf(memory, why.slot);
  const isDamaged = why.reason === 'damaged';
  const starts = Math.min(failedStartsMax, (slot.failedStarts ?? 0) + (isDamaged ? 0 : 1));
  const failedStarts = isDamaged ? failedStartsMax : starts;
  const counted =
    slot.failedStarts === failedStarts ? memory : put(memory, why.slot, { ...slot, failedStarts });
  const other = goodSlots(memory).find((name) => name !== why.slot);
  if (failedStarts < failedStartsMax) return counted;
  if (other !== undefined) {
    return { ...counted, next: other, fallback: { ...why, starts, wasConfirmed: true } };
  }
  return isDamaged ? { ...counted, fallback: { ...why, wasConfirmed: true } } : counted;
}

/** The agent in a confirmed slot has been healthy for long enough: earlier failures no longer count. */
export function startSucceeded(memory: BootMemory, name: string): BootMemory {
  const { failedStarts, ...slot } = slotOf(memory, name);
  return failedStarts === undefined ? memory : put(memory, name, slot);
}

/** Arms a trial; throws `refused`. */
export function arm(
  memory: BootMemory,
  { booted, slot, attempts }: { booted: string | undefined; slot: string; attempts: number },
): BootMemory {
  const record = slotOf(memory, slot);
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > ATTEMPTS_MAX) {
    throw refusedError(`attempts is ${attempts}, expected 1 to ${ATTEMPTS_MAX}`);
  }
  if (slot === booted) throw refusedError(`slot ${slot} is running`);
  if (isOnTrial(memory, booted)) throw refusedError(`slot ${booted} is itself on trial`);
  if (record.state !== 'complete' && record.state !== 'trial') {
    throw refusedError(`slot ${slot} is ${record.state}, not complete`);
  }
  const { fallback: _, ...rest } = put(memory, slot, {
    ...record,
    state: 'trial',
    attempts,
    attemptsLeft: attempts,
  });
  return { ...rest, next: slot };
}

/** Marks the running slot as good; throws `refused`. */
export function confirm(
  memory: BootMemory,
  { booted, slot }: { booted: string | undefined; slot: string },
): BootMemory {
  const { attemptsLeft: _, attempts: __, ...record } = slotOf(memory, slot);
  if (slot !== booted) throw refusedError(`slot ${slot} is not the one that is running`);
  return record.state === 'good' ? memory : put(memory, slot, { ...record, state: 'good' });
}

/** Makes a slot unbootable before its first byte changes; throws `refused`. */
export function beginWrite(
  memory: BootMemory,
  { booted, slot }: { booted: string | undefined; slot: string },
): BootMemory {
  slotOf(memory, slot);
  if (slot === booted) throw refusedError(`slot ${slot} is running`);
  if (isOnTrial(memory, booted)) {
    throw refusedError(`slot ${slot} is what the slot on trial falls back to`);
  }
  const emptied = put(memory, slot, { state: 'empty' });
  return { ...emptied, next: memory.next === slot ? (booted ?? slot) : memory.next };
}

/** The image is complete and on the medium; throws `refused` when the slot is not being written. */
export function completeWrite(memory: BootMemory, slot: string, sha256: string): BootMemory {
  const { state } = slotOf(memory, slot);
  if (state !== 'empty') throw refusedError(`slot ${slot} is ${state}, not being written`);
  return put(memory, slot, { state: 'complete', sha256 });
}

/** The factory's first image, trusted without a trial. */
export function factoryFlashed(memory: BootMemory, slot: string, sha256: string): BootMemory {
  const { fallback: _, ...rest } = put(memory, slot, { state: 'good', sha256 });
  return { ...rest, next: slot };
}

/** The state as the contract defines it. `booted` is empty when no slot could be booted. */
export function bootState(memory: BootMemory, booted: string | undefined): BootState {
  const { fallback } = memory;
  return {
    booted: booted ?? '',
    next: bootNext(memory).booted ?? memory.next,
    onTrial: isOnTrial(memory, booted),
    slots: Object.entries(memory.slots).map(([name, slot]) => {
      const isLeft = isExhausted(slot) && name !== booted;
      return { name, ...slot, ...(isLeft && { state: 'bad' }) };
    }),
    ...(fallback ? { fallback } : {}),
  };
}

/** Whether the running slot is still on trial. */
export function isOnTrial(memory: BootMemory, booted: string | undefined): boolean {
  return booted !== undefined && memory.slots[booted]?.state === 'trial';
}

/** The confirmed slots, the next one first. */
function goodSlots({ slots, next }: BootMemory): string[] {
  const good = Object.keys(slots).filter((name) => slots[name]?.state === 'good');
  return [...good.filter((name) => name === next), ...good.filter((name) => name !== next)];
}

const isExhausted = (slot: SlotRecord | undefined): boolean =>
  slot?.state === 'good' && (slot.failedStarts ?? 0) >= failedStartsMax;

function slotOf(memory: BootMemory, name: string): SlotRecord {
  const slot = Object.hasOwn(memory.slots, name) ? memory.slots[name] : undefined;
  if (slot === undefined) throw refusedError(`there is no slot ${name.slice(0, 32)}`);
  return slot;
}

function put(memory: BootMemory, name: string, slot: SlotRecord): BootMemory {
  return { ...memory, slots: { ...memory.slots, [name]: slot } };
}

function refusedError(message: string): PilotfishError<'refused'> {
  return new PilotfishError('refused', message);
}
