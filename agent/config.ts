import type { BodyConfig } from './body/machine.ts';
import type { Settings } from './cli/options.ts';
import type { CommandsConfig } from './commands/state.ts';
import type { IdentityConfig } from './identity/state.ts';
import type { BackoffConfig } from './link/backoff.ts';
import type { MapsConfig } from './maps/machine.ts';
import type { MissionsConfig } from './missions/state.ts';
import type { PublishBudget } from './publish/sender.ts';
import type { ShadowConfig } from './shadow/state.ts';
import type { CloudTimeConfig } from './time/cloud-time.ts';
import type { UpdatesConfig } from './updates/state.ts';

/** The configuration of the machines. */
export interface AgentConfig {
  readonly robot: string;
  readonly link: BackoffConfig;
  readonly publish: PublishBudget;
  readonly identity: IdentityConfig;
  readonly time: CloudTimeConfig;
  readonly body: BodyConfig;
  readonly missions: MissionsConfig;
  readonly maps: MapsConfig;
  readonly commands: CommandsConfig;
  readonly shadow: ShadowConfig;
  readonly updates: UpdatesConfig;
}

const hourMs = 3_600_000;

/** The machines' part of the settings. */
export function agentConfig(settings: Settings): AgentConfig {
  const { robot } = settings;
  const retryMs = settings.retryS * 1000;
  const usesJobs = settings.jobs && settings.firmwareKeys !== '';
  return {
    robot,
    identity: {
      robot,
      enabled: settings.renewal,
      canRotateKey: settings.deviceKey === 'file',
      template: settings.renewalTemplate,
      retryMs: 4 * retryMs,
      retryMsMax: 10 * 60_000,
    },
    link: { retryMs: retryMs, retryMsMax: settings.retrySMax * 1000 },
    publish: { perS: settings.publishPerS, lowPriorityPerMin: settings.lowPriorityPerMin },
    time: {
      robot,
      enabled: !settings.shadow && !usesJobs,
      retryMs: 2 * retryMs,
      retryMsMax: hourMs,
    },
    body: { retryMs: settings.progressS * 1000 },
    missions: {
      robot,
      progressMs: settings.progressS * 1000,
      reportsMax: settings.reportsMax,
      reportBytesMax: settings.reportsKiBMax * 1024,
      resendMs: 2 * retryMs,
      resendMsMax: hourMs,
    },
    maps: { robot, retryMs: 4 * retryMs, retryMsMax: hourMs },
    commands: { robot },
    shadow: { robot, enabled: settings.shadow, retryMs: 2 * retryMs, retryMsMax: hourMs },
    updates: {
      robot,
      enabled: usesJobs,
      retryMs: 2 * retryMs,
      retryMsMax: hourMs,
      healthMs: settings.healthS * 1000,
      trialAttempts: settings.trialAttempts,
    },
  };
}
