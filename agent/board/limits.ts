/**
 * The deadlines of calls to the board. A call without an answer at its deadline counts as `unavailable`; a late answer
 * is dropped and counted. Deadlines are far above what a healthy board needs, and far below the time in which a person
 * would notice.
 *
 * Calls of a capability share a bound on unanswered calls, so that an unresponsive body can neither fill the driver's
 * queue nor block the rest of the agent. The watchdog has a capability of its own: nothing can starve it.
 */
export const boardCalls = {
  'body.snapshot': { capability: 'body', deadlineMs: 10_000 },
  'body.events': { capability: 'body', deadlineMs: 10_000 },
  'body.command': { capability: 'commands', deadlineMs: 10_000 },
  /** `stop` and `dock`: unanswered calls of a body must not keep them out. */
  'body.command/urgent': { capability: 'urgent', deadlineMs: 10_000 },
  'body.configure': { capability: 'body', deadlineMs: 10_000 },
  'body.map': { capability: 'body', deadlineMs: 60_000 },
  'boot.state': { capability: 'boot', deadlineMs: 10_000 },
  'boot.arm': { capability: 'boot', deadlineMs: 30_000 },
  'boot.confirm': { capability: 'boot', deadlineMs: 30_000 },
  /** Limit of a board without a response; the installation itself may last longer, while bytes are transferred. */
  'installer.install': { capability: 'installer', deadlineMs: 600_000 },
  'system.info': { capability: 'system', deadlineMs: 10_000 },
  'system.reboot': { capability: 'system', deadlineMs: 60_000 },
  'system.setClock': { capability: 'system', deadlineMs: 10_000 },
  'system.setClockBack': { capability: 'system', deadlineMs: 10_000 },
  'system.kick': { capability: 'watchdog', deadlineMs: 5_000 },
} as const satisfies Record<string, { capability: string; deadlineMs: number }>;

export type BoardCallName = keyof typeof boardCalls;
export type Capability = (typeof boardCalls)[BoardCallName]['capability'];

/**
 * Maximum of unanswered calls. Their sum is below the 64 requests that a driver must accept (`hal/sim/wire/server.ts`).
 */
export const unansweredMax: Readonly<Record<Capability, number>> = {
  body: 8,
  commands: 8,
  urgent: 4,
  boot: 4,
  installer: 2,
  system: 4,
  watchdog: 4,
};

/** Limits of one answer, however long the body's is. */
export const eventsPerAnswerMax = 200;
export const eventsPerPollMax = 1000;
export const endedMax = 16;
export const recordsMax = 32;
export const settingsMax = 32;
