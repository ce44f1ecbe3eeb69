import type { Verb } from '../hal/robot-body.ts';
import type { FirmwareManifest, SignedManifest } from '../protocol/schemas/firmware.ts';
import type { Grant, MapRef } from '../protocol/schemas/maps.ts';
import type { Settings } from '../protocol/schemas/settings.ts';
import type { LinkMemory, Pair, PreviousPair } from './events.ts';
import type { Lane } from './link/lanes.ts';
import type { Json } from './machine.ts';

/**
 * All that the agent can do to the outside, as data. The executor table (`agent/executor.ts`) does not compile until
 * each has its handler.
 */
export type Effect =
  | { readonly type: 'link/open'; readonly pair: Pair }
  /** Ends the live connection politely; its end is heard as `link/down`. */
  | { readonly type: 'link/close' }
  /** For the next agent of this boot, should this one crash. */
  | { readonly type: 'link/remember'; readonly memory: LinkMemory }
  | {
      readonly type: 'publish';
      readonly topic: string;
      readonly payload: Json;
      /** `must` when absent. */
      readonly lane?: Lane;
      /** Which message this is, however often it is sent; its topic when absent. */
      readonly about?: string;
    }
  | { readonly type: 'timer/set'; readonly key: string; readonly ms: number }
  | { readonly type: 'timer/clear'; readonly key: string }
  /** Cloud time as heard just now: from here on it is what stamps are made from. */
  | { readonly type: 'time/sync'; readonly cloudMs: number }
  /** It is at least this time: what expires is judged by it. */
  | { readonly type: 'time/prove'; readonly floorMs: number }
  /** Brings the board's clock forward to `floorMs`; never back. */
  | { readonly type: 'clock/raise'; readonly floorMs: number }
  /** Sets the board's clock back to `wallMs`, after it was brought too far forward. */
  | { readonly type: 'clock/set-back'; readonly wallMs: number }
  /** Makes a request for a new certificate: for the key in use (the current pair's by default), or for a new one. */
  | { readonly type: 'identity/request'; readonly rotateKey: boolean; readonly pair?: Pair }
  | { readonly type: 'identity/subscribe'; readonly topics: readonly string[] }
  /** Checks the answered certificate and puts it beside the pair in use, as the next one. */
  | { readonly type: 'identity/stage'; readonly certificatePem: string }
  /** Makes the next pair, which has connected, the current one. */
  | { readonly type: 'identity/promote' }
  | { readonly type: 'identity/discard' }
  /** Forgets previous pairs that have expired. */
  | { readonly type: 'identity/forget'; readonly pairs: readonly PreviousPair[] }
  | {
      readonly type: 'note';
      readonly level: 'info' | 'warn';
      readonly text: string;
      readonly about: object;
    }
  | { readonly type: 'cancel'; readonly key: string }
  | { readonly type: 'body/look'; readonly after: number }
  | { readonly type: 'body/command'; readonly tag: string; readonly verb: Verb }
  /** For a `stop` that could not be stored: as good twice as once. */
  | { readonly type: 'body/stop'; readonly tag: string }
  | { readonly type: 'body/configure'; readonly settings: Settings }
  | { readonly type: 'map/keep'; readonly missionId: string; readonly bodyMission: string }
  | {
      readonly type: 'map/put';
      readonly missionId: string;
      readonly map: MapRef;
      readonly grant: Grant;
    }
  | { readonly type: 'map/forget'; readonly mapId: string }
  | { readonly type: 'map/sweep'; readonly mapIds: ReadonlySet<string> }
  | { readonly type: 'update/check'; readonly jobId: string; readonly manifest: SignedManifest }
  | {
      readonly type: 'update/install';
      readonly jobId: string;
      readonly manifest: FirmwareManifest;
      readonly imageUrl: string;
      readonly slot: string;
    }
  | { readonly type: 'update/arm'; readonly jobId: string; readonly slot: string }
  | {
      readonly type: 'update/confirm';
      readonly jobId: string;
      readonly slot: string;
      readonly securityCounter: number;
    }
  | { readonly type: 'system/reboot'; readonly reason: string };

/**
 * `repeat`: safe to do again. `once`: the intent must be durable before the act, and after a crash only evidence tells
 * whether it was done; the turn refuses a `once` effect from a machine that stored nothing in that turn.
 */
export const effectKinds = {
  'link/open': 'repeat',
  'link/close': 'repeat',
  'link/remember': 'repeat',
  publish: 'repeat',
  'timer/set': 'repeat',
  'timer/clear': 'repeat',
  'time/sync': 'repeat',
  'time/prove': 'repeat',
  'clock/raise': 'repeat',
  'clock/set-back': 'repeat',
  'identity/request': 'repeat',
  'identity/subscribe': 'repeat',
  'identity/stage': 'repeat',
  'identity/promote': 'once',
  'identity/discard': 'repeat',
  'identity/forget': 'repeat',
  note: 'repeat',
  cancel: 'repeat',
  'body/look': 'repeat',
  'body/command': 'once',
  'body/stop': 'repeat',
  'body/configure': 'repeat',
  'map/keep': 'repeat',
  'map/put': 'repeat',
  'map/forget': 'repeat',
  'map/sweep': 'repeat',
  'update/check': 'repeat',
  'update/install': 'repeat',
  'update/arm': 'once',
  'update/confirm': 'once',
  'system/reboot': 'once',
} as const satisfies Record<Effect['type'], 'repeat' | 'once'>;

/** Long effects run one at a time per key; a newer one with the same key ends the older, whose outcome is then stale. */
export function keyOf(effect: Effect): string | undefined {
  switch (effect.type) {
    case 'body/look':
    case 'body/configure':
    case 'link/open':
      return effect.type;
    case 'clock/raise':
    case 'clock/set-back':
      return 'clock';
    case 'identity/request':
    case 'identity/subscribe':
    case 'identity/stage':
    case 'identity/promote':
    case 'identity/discard':
      return 'identity';
    case 'identity/forget':
      return effect.type;
    case 'body/command':
    case 'body/stop':
      return `body/command/${effect.tag}`;
    case 'map/keep':
    case 'map/put':
      return `map/${effect.missionId}`;
    case 'update/check':
    case 'update/install':
    case 'update/arm':
    case 'update/confirm':
      return 'update';
    default:
      return undefined;
  }
}
