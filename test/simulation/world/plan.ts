import type { Verb } from '../../../hal/robot-body.ts';
import type { ImageKind } from './images.ts';

/** Everything that happens to a robot, as data: so that a failure can be made smaller by leaving things out. */
export interface Plan {
  readonly seed: number;
  /** Acts happen within these days; then the faults stop and there is peace until all should be settled. */
  readonly days: number;
  readonly acts: readonly Act[];
}

interface At {
  /** Virtual ms since the world began. */
  readonly atMs: number;
}

interface Lasting extends At {
  readonly forMs: number;
}

/** What a robot's owner and its cloud do. */
export type LifeAct = At &
  (
    | { readonly type: 'button' }
    /** Held fast for so many seconds of body time; above 600 it gives up. */
    | { readonly type: 'stuck'; readonly forS: number }
    | { readonly type: 'command'; readonly verb: Verb; readonly expiresMs: number }
    | {
        readonly type: 'setting';
        readonly name: string;
        readonly value: string | number | boolean;
      }
    /** Many commands at once, and a stop at the end. */
    | { readonly type: 'burst'; readonly verbs: readonly Verb[]; readonly expiresMs: number }
    /** Somebody writes a wish into the shadow that is none. */
    | { readonly type: 'odd-setting'; readonly name: string; readonly value: object }
    /** The owner changes a setting on the robot itself. */
    | {
        readonly type: 'owner';
        readonly name: string;
        readonly value: string | number | boolean;
      }
    | {
        readonly type: 'update';
        readonly version: number;
        readonly counter: number;
        readonly image: ImageKind;
      }
    /** The owner at the robot wants another certificate. */
    | { readonly type: 'renew'; readonly rotateKey: boolean }
    /** Of the robot's first certificate, at the beginning: its life before and after, and the cloud's grace. */
    | {
        readonly type: 'certificate';
        readonly pastMs: number;
        readonly leftMs: number;
        readonly graceMs: number;
      }
    /** From the beginning, the robot keeps no more reports than so many. */
    | { readonly type: 'outbox'; readonly reports: number }
  );

/** When the end comes: at once, or when the agent is about to do, or has just done, a certain thing. */
export type Where = 'now' | `before ${string}` | `after ${string}`;

/** The request in which the cloud dies, and whether its store has taken it by then. */
export interface CloudCrash {
  readonly over: 'any request' | 'the end of a mission';
  readonly when: 'before commit' | 'after commit';
}

/** What goes wrong. */
export type FaultAct =
  | (Lasting & {
      readonly type: 'drop' | 'repeat' | 'corrupt' | 'junk' | 'refuse' | 'mute' | 'jam';
      /** Share of messages, connections or attempts, in [0, 1]. */
      readonly share: number;
    })
  /** Messages are on the way up to so long, and overtake one another. */
  | (Lasting & { readonly type: 'delay'; readonly msMax: number })
  /** The broker drops what is over this rate, both ways. */
  | (Lasting & { readonly type: 'throttle'; readonly perMinute: number })
  | (At & { readonly type: 'cut' | 'half-open' })
  /** Another client with this robot's name and certificate connects again and again. */
  | (Lasting & { readonly type: 'takeover' })
  | (Lasting & { readonly type: 'broker-restart' })
  /** The cloud dies in its next transaction, or right after it. */
  | (At & { readonly type: 'cloud-crash' } & CloudCrash)
  | (Lasting & { readonly type: 'http'; readonly how: HttpFault; readonly share: number })
  /** Armed for `forMs`. */
  | (Lasting & { readonly type: 'kill'; readonly where: Where })
  | (Lasting & {
      readonly type: 'power-cut';
      readonly where: Where;
      readonly offMs: number;
      /** Whether the clock runs on without power, or wakes in 1970. */
      readonly clock: 'runs on' | 'lost';
    })
  /** The board's wall clock is wrong by so much; then someone sets it right. */
  | (Lasting & { readonly type: 'clock'; readonly byMs: number })
  | (Lasting & { readonly type: 'disk-full' })
  | (Lasting & { readonly type: 'disk-fails'; readonly share: number })
  | (Lasting & { readonly type: 'board-silent'; readonly share: number })
  | (At & { readonly type: 'store-lost' })
  /** The store goes back to what it was `forMs` before. */
  | (Lasting & { readonly type: 'store-restored' })
  /** A new certificate is revoked before it has ever connected. */
  | (Lasting & { readonly type: 'spoil'; readonly share: number })
  | (Lasting & { readonly type: 'block' })
  /** The jobs service offers jobs that nobody made, at once and for ever. */
  | (Lasting & { readonly type: 'ghost-jobs' })
  /** Another cloud answers in place of the true one, with its server key. */
  | (Lasting & {
      readonly type: 'false-cloud';
      /** How far its clock is ahead. */
      readonly aheadMs: number;
      /** Whether it renews under a CA of its own, or has stolen the key of the true renewal CA. */
      readonly ca: 'own' | 'stolen';
      /** It lets nobody in. */
      readonly isShut: boolean;
      /** It confirms reports that it forgets, says that the shadow and the job are gone, invents jobs, and is moody at the door. */
      readonly isLying?: boolean;
    });

export type HttpFault =
  | 'refused'
  | 'denied'
  | 'busy'
  | 'slow'
  | 'truncated'
  | 'answer-lost'
  | 'grant-expired';

export type Act = LifeAct | FaultAct;

const life: Readonly<Record<LifeAct['type'], true>> = {
  button: true,
  stuck: true,
  command: true,
  setting: true,
  burst: true,
  'odd-setting': true,
  owner: true,
  update: true,
  renew: true,
  certificate: true,
  outbox: true,
};

export const isFault = (act: Act): act is FaultAct => !Object.hasOwn(life, act.type);

export { drawPlan } from './draw.ts';
