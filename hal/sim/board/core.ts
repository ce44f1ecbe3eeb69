import type { Clock } from '../../../base/clock.ts';
import { codeOf, PilotfishError } from '../../../base/errors.ts';
import type { Initiator, Verb } from '../../robot-body.ts';
import type { Body } from '../body/body.ts';
import type { Boot } from './boot.ts';
import type { BoardCalls, Handle } from './calls.ts';
import type { Keeper } from './keeper.ts';
import { encodeMap } from './map-codec.ts';
import type { Power } from './power.ts';
import { arm, beginWrite, completeWrite, confirm } from './slots.ts';
import type { BoardStorage } from './storage.ts';

/** The hardware id that images must match. */
export const HARDWARE_ID = 'sim-board-1';
const SLOT_BYTES_MAX = 256 * 1024 * 1024;
const VERBS: readonly Verb[] = ['start', 'pause', 'resume', 'stop', 'dock', 'locate'];
const INITIATORS: readonly Initiator[] = ['cloud', 'local', 'schedule', 'button'];

type Params = Readonly<Record<string, unknown>>;
type Answers = { [K in keyof BoardCalls]: (params: Params) => Promise<ReturnType<BoardCalls[K]>> };

export interface CoreParts {
  readonly body: Body;
  readonly boot: Boot;
  readonly keeper: Keeper;
  readonly power: Power;
  readonly storage: BoardStorage;
  /** Its monotonic time is shared with the agent. */
  readonly clock: Pick<Clock, 'monoMs'>;
  readonly watchdogS: number;
  /** Moves the agent's clock forward to this time, in ms since 1970; undefined: it cannot be set. */
  readonly setClock: ((wallMs: number) => Promise<void>) | undefined;
  /** Moves it back to this time. */
  readonly setClockBack: ((wallMs: number) => Promise<void>) | undefined;
  /** The agent uses the machine's own clock, which counts as synchronised. */
  readonly isClockSynced: boolean;
  /** Called after each call that may have changed the body. */
  readonly noteChange: () => void;
}

/** Handles the agent's requests. Params come from outside, so each is validated; invalid ones are `refused`. */
export function createCore(parts: CoreParts): Handle {
  const answers: Answers = { ...bodyAnswers(parts), ...boardAnswers(parts) };
  return async (op, params) => {
    if (!Object.hasOwn(answers, op)) throw refusedError(`${op.slice(0, 64)}: no such request`);
    if (typeof params !== 'object' || params === null)
      throw refusedError('params must be an object');
    try {
      return await answers[op as keyof BoardCalls](params as Params);
    } catch (error) {
      if (['refused', 'gone', 'mismatch'].includes(codeOf(error))) throw error;
      throw new PilotfishError('unavailable', 'the board cannot store that', { cause: error });
    }
  };
}

type BodyOps = Extract<keyof BoardCalls, `body.${string}`>;

function bodyAnswers({ body, keeper, clock, noteChange }: CoreParts): Pick<Answers, BodyOps> {
  /** INVARIANT: an answer is sent only after its state is stored. */
  const afterStoring = async <T>(answer: T): Promise<T> => {
    noteChange();
    await keeper.flushed();
    return answer;
  };
  return {
    'body.snapshot': async () => afterStoring(body.snapshot()),
    'body.events': async (params) => afterStoring(body.events(integer(params, 'after'))),
    'body.command': async (params) => {
      const { initiator } = params;
      const verb = word(params['verb'], VERBS, 'verb');
      const tag = readText(params, 'tag', 64);
      const by =
        initiator === undefined ? {} : { initiator: word(initiator, INITIATORS, 'initiator') };
      const isExpired =
        params['validUntilMonoMs'] !== undefined &&
        clock.monoMs() >= integer(params, 'validUntilMonoMs');
      return afterStoring(body.command({ verb, tag, isExpired, ...by }));
    },
    'body.configure': async ({ settings }) => {
      if (typeof settings !== 'object' || settings === null)
        throw refusedError('settings: an object');
      return afterStoring(body.configure(settings as Params));
    },
    'body.map': async (params) => {
      const map = body.map(readText(params, 'missionId', 64));
      if (map === undefined) throw new PilotfishError('gone', 'no map is kept of that mission');
      return afterStoring(encodeMap(map));
    },
  };
}

function boardAnswers(parts: CoreParts): Omit<Answers, BodyOps> {
  const { boot, power, storage, watchdogS, isClockSynced } = parts;
  // Like a board without the privilege: the machine's own clock is not ours to set.
  const settable = (set: CoreParts['setClock']) => async (params: Params) => {
    const wallMs = integer(params, 'wallMs');
    if (set === undefined) throw refusedError('this board has no clock that can be set');
    await set(wallMs);
    return null;
  };
  return {
    'boot.state': async () => boot.state,
    'boot.arm': async (params) => {
      const slot = readText(params, 'slot', 32);
      const attempts = integer(params, 'attempts');
      await boot.change((memory, booted) => arm(memory, { booted, slot, attempts }));
      return null;
    },
    'boot.confirm': async (params) => {
      const slot = readText(params, 'slot', 32);
      await boot.change((memory, booted) => confirm(memory, { booted, slot }));
      return null;
    },
    'slot.begin': async (params) => {
      const slot = readText(params, 'slot', 32);
      const length = integer(params, 'length');
      if (length > SLOT_BYTES_MAX) {
        throw refusedError(`the image has ${length} bytes, a slot holds ${SLOT_BYTES_MAX}`);
      }
      const path = await boot.change((memory, booted) => beginWrite(memory, { booted, slot }), {
        after: () => storage.clearSlot(slot),
      });
      return { path: path as string };
    },
    'slot.complete': (params) => completeSlot(parts, params),
    'system.info': async () => ({
      ...{ bootId: power.bootId, hardwareId: HARDWARE_ID, watchdogS, isClockSynced },
    }),
    'system.reboot': async (params) => {
      power.reboot(readText(params, 'reason', 200));
      return null;
    },
    'system.setClock': settable(parts.setClock),
    'system.setClockBack': settable(parts.setClockBack),
    'system.kick': async () => {
      power.kick();
      return null;
    },
  };
}

async function completeSlot({ boot, storage }: CoreParts, params: Params): Promise<null> {
  const slot = readText(params, 'slot', 32);
  const length = integer(params, 'length');
  const sha256 = readText(params, 'sha256', 64);
  const readBack = async () => {
    const state = boot.state.slots.find(({ name }) => name === slot)?.state;
    if (state !== 'empty') throw refusedError(`slot ${slot} is not being written`);
    const found = await storage.slotDigest(slot);
    if (found.length === length && found.sha256 === sha256) return;
    throw new PilotfishError('mismatch', `slot ${slot} does not hold the image on the medium`);
  };
  await boot.change((memory) => completeWrite(memory, slot, sha256), { before: readBack });
  return null;
}

function readText(params: Params, name: string, lengthMax: number): string {
  const value = params[name];
  if (typeof value === 'string' && value.length >= 1 && value.length <= lengthMax) return value;
  throw refusedError(`${name} must be text of 1 to ${lengthMax} characters`);
}

function integer(params: Params, name: string): number {
  const value = params[name];
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw refusedError(`${name} must be a whole number from 0 on`);
}

function word<T extends string>(value: unknown, words: readonly T[], name: string): T {
  const found = words.find((known) => known === value);
  if (found === undefined) throw refusedError(`${name} must be one of ${words.join(', ')}`);
  return found;
}

function refusedError(message: string): PilotfishError<'refused'> {
  return new PilotfishError('refused', message);
}
