import { limits } from '../limits.ts';
import { type Static, Table, Type } from './kit.ts';

const SettingValue = Type.Union([Type.String({ maxLength: 256 }), Type.Number(), Type.Boolean()]);

/** Settings by name. Which names and values there are, the robot's body says: it refuses the others by name. */
export const Settings = Table(SettingValue, { nameCharsMax: 64, entriesMax: limits.settingsMax });
export type Settings = Static<typeof Settings>;

/** What the cloud wants of the robot: the `desired` section of the classic shadow. */
export const Desired = Type.Object({ settings: Type.Optional(Settings) });
export type Desired = Static<typeof Desired>;

/** What the robot says of itself: the `reported` section. A refused setting carries the reason. */
export interface Reported {
  settings: Settings;
  /** Reason by name; `null` removes what was refused before (AWS: a null leaf deletes). */
  refused: Record<string, string | null>;
  agent: {
    version: string;
    slot: string;
    boot: number;
    /** The slot that the board has left last, and why; `none`. */
    fallback: string;
    /** `ok`, or `reduced` and the code of what keeps the robot from storing. */
    storage: string;
  };
}
