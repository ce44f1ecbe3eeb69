import type { Verb } from '../../../hal/robot-body.ts';
import type { ImageKind } from './images.ts';

/** A scenario: everything that happens to a robot, as data, so that a failure can be reduced by removing parts. */
export interface Scenario {
  readonly seed: number;
  /** Actions happen within these days; then the faults stop, and a quiet period follows in which all should settle. */
  readonly days: number;
  readonly actions: readonly Action[];
}

interface At {
  /** Virtual ms since the world started. */
  readonly atMs: number;
  /** Happens to a second robot of the same cloud, which is there only for such actions. */
  readonly robot?: 2;
}

interface Lasting extends At {
  readonly forMs: number;
}

/** What a robot's owner and its cloud do. */
export type UsualAction = At &
  (
    | { readonly type: 'button' }
    /** Stuck for this many seconds of body time; above 600 the robot gives up. */
    | { readonly type: 'stuck'; readonly forS: number }
    | { readonly type: 'command'; readonly verb: Verb; readonly expiresMs: number }
    | {
        readonly type: 'setting';
        readonly name: string;
        readonly value: string | number | boolean;
      }
    /** Many commands at once, and a stop at the end. */
    | { readonly type: 'burst'; readonly verbs: readonly Verb[]; readonly expiresMs: number }
    /** An invalid desired value is written into the shadow. */
    | { readonly type: 'invalid-setting'; readonly name: string; readonly value: object }
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
    /** An operator withdraws the newest update, whatever the robot has done of it. */
    | { readonly type: 'withdraw' }
    /** The owner requests another certificate at the robot. */
    | { readonly type: 'renew'; readonly rotateKey: boolean }
    /** The robot's first certificate, from the start: its validity before and after, and the cloud's grace period. */
    | {
        readonly type: 'certificate';
        readonly pastMs: number;
        readonly leftMs: number;
        readonly graceMs: number;
      }
    /** From the start, the robot keeps at most this many reports. */
    | { readonly type: 'outbox'; readonly reports: number }
  );

/** When the end comes: at once, or just before or just after a certain step. */
export type Where = 'now' | `before ${string}` | `after ${string}`;

/** The request in which the cloud dies, and whether its store has committed it by then. */
export interface CloudCrash {
  readonly over: 'any request' | 'the end of a mission';
  readonly when: 'before commit' | 'after commit';
}

/** The faults. */
export type FaultAction =
  | (Lasting & {
      readonly type: 'drop' | 'repeat' | 'corrupt' | 'junk' | 'refuse' | 'mute' | 'jam';
      /** Share of messages, connections or attempts, in [0, 1]. */
      readonly share: number;
    })
  /** Messages take up to this long, and overtake one another. */
  | (Lasting & { readonly type: 'delay'; readonly msMax: number })
  /** The broker drops messages above this rate, both ways. */
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
      /** Whether the clock runs on without power, or starts in 1970. */
      readonly clock: 'runs on' | 'lost';
    })
  /** The board's wall clock is wrong by this much; then someone sets it right. */
  | (Lasting & { readonly type: 'clock'; readonly byMs: number })
  | (Lasting & { readonly type: 'disk-full' })
  | (Lasting & { readonly type: 'disk-fails'; readonly share: number })
  | (Lasting & { readonly type: 'board-silent'; readonly share: number })
  | (At & { readonly type: 'store-lost' })
  /** A stored value of a machine becomes one that makes it throw: three crashes, then safe mode. */
  | (At & { readonly type: 'poison'; readonly machine: PoisonedMachine })
  /** The store is restored to its state `forMs` before. */
  | (Lasting & { readonly type: 'store-restored' })
  /** A new certificate is revoked before it has ever connected. */
  | (Lasting & { readonly type: 'revoke-next'; readonly share: number })
  | (Lasting & { readonly type: 'block' })
  /** The jobs service offers jobs that do not exist, at once and without end. */
  | (Lasting & { readonly type: 'invented-jobs' })
  /** Another cloud answers in place of the true one, with its server key. */
  | (Lasting & {
      readonly type: 'false-cloud';
      /** How far its clock is ahead. */
      readonly aheadMs: number;
      /** Whether it renews under a CA of its own, or with the stolen key of the true renewal CA. */
      readonly ca: 'own' | 'stolen';
      /** It rejects every connection. */
      readonly isShut: boolean;
      /**
       * It confirms reports that it does not store, claims that the shadow and the job are gone, invents jobs, and
       * accepts the robot's credentials alternately.
       */
      readonly isLying?: boolean;
    });

export type PoisonedMachine = 'missions' | 'commands';

export type HttpFault =
  | 'refused'
  | 'denied'
  | 'busy'
  | 'slow'
  | 'truncated'
  | 'answer-lost'
  | 'grant-expired';

export type Action = UsualAction | FaultAction;

const usual: Readonly<Record<UsualAction['type'], true>> = {
  button: true,
  stuck: true,
  command: true,
  setting: true,
  burst: true,
  'invalid-setting': true,
  owner: true,
  update: true,
  withdraw: true,
  renew: true,
  certificate: true,
  outbox: true,
};

export const isFault = (action: Action): action is FaultAction =>
  !Object.hasOwn(usual, action.type);

export { drawScenario } from './draw.ts';
