import { limits } from '../limits.ts';
import { AwsTime, Count, type Static, Table, Text, Type } from './kit.ts';
import { Desired, Settings } from './settings.ts';

// AWS IoT device shadow service documents, as far as the robot reads them. Times are epoch seconds.

export const ShadowGetAccepted = Type.Object({
  state: Type.Object({
    desired: Type.Optional(Desired),
    reported: Type.Optional(
      Type.Object({
        settings: Type.Optional(Settings),
        refused: Type.Optional(
          Table(Text(80), { nameCharsMax: 64, entriesMax: limits.settingsMax }),
        ),
        // May have been written by another release or slot, so none of it is required.
        agent: Type.Optional(
          Type.Object({
            version: Type.Optional(Text(80)),
            slot: Type.Optional(Text(32)),
            boot: Type.Optional(Count),
            fallback: Type.Optional(Text(200)),
            storage: Type.Optional(Text(80)),
          }),
        ),
      }),
    ),
  }),
  version: Count,
  timestamp: AwsTime,
  clientToken: Type.Optional(Text(64)),
});
export type ShadowGetAccepted = Static<typeof ShadowGetAccepted>;

export const ShadowDelta = Type.Object({ state: Desired, version: Count, timestamp: AwsTime });
export type ShadowDelta = Static<typeof ShadowDelta>;

export const ShadowUpdateAccepted = Type.Object({
  version: Count,
  timestamp: AwsTime,
  clientToken: Type.Optional(Text(64)),
});
export type ShadowUpdateAccepted = Static<typeof ShadowUpdateAccepted>;

export const ShadowRejected = Type.Object({
  code: Type.Integer(),
  message: Text(512),
  timestamp: Type.Optional(AwsTime),
  clientToken: Type.Optional(Text(64)),
});
export type ShadowRejected = Static<typeof ShadowRejected>;
