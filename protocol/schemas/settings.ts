import { limits } from '../limits.ts';
import { type Static, Table, Type } from './kit.ts';

const SettingValue = Type.Union([Type.String({ maxLength: 256 }), Type.Number(), Type.Boolean()]);

/** Settings by name. The robot's body decides which names and values exist, and rejects others by name. */
export const Settings = Table(SettingValue, { nameCharsMax: 64, entriesMax: limits.settingsMax });
export type Settings = Static<typeof Settings>;

/** What the cloud requests of the robot: the `desired` section of the classic shadow. */
export const Desired = Type.Object({ settings: Type.Optional(Settings) });
export type Desired = Static<typeof Desired>;

/** The robot's own state: the `reported` section. A rejected setting carries the reason. */
export interface Reported {
  settings: Settings;
  /** Reason by name; `null` removes an earlier rejection (AWS: a null leaf deletes). */
  refused: Record<string, string | null>;
  agent: {
    version: string;
    slot: string;
    boot: number;
    /** The slot that the board has fallen back from last, and why; `none`. */
    fallback: string;
    /** `ok`, or `reduced` and the code of the failure that prevents storing. */
    storage: string;
  };
}
