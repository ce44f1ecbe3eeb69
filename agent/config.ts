import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf, PilotfishError } from '../base/errors.ts';
import type { CommandsConfig } from './commands/machine.ts';
import type { IdentityConfig } from './identity/state.ts';
import type { CloudTimeConfig } from './link/cloud-time.ts';
import type { PauseConfig } from './link/pauses.ts';
import type { MapsConfig } from './maps/machine.ts';
import type { MissionsConfig } from './missions/state.ts';
import type { PublishBudget } from './sender.ts';
import type { ShadowConfig } from './shadow/state.ts';
import type { UpdatesConfig } from './updates/state.ts';

/** One option of the configuration file, and all that is known of it. */
interface Option {
  readonly kind: 'text' | 'number' | 'flag' | 'path' | 'word';
  readonly describe: string;
  /** Without one the option must be given. */
  readonly default?: string | number | boolean;
  /** An environment variable that wins over the file. */
  readonly env?: string;
  readonly words?: readonly string[];
  readonly pattern?: RegExp;
  readonly expected?: string;
  readonly min?: number;
  readonly max?: number;
  readonly isWhole?: boolean;
}

/** Every option of the agent, once. Paths are relative to the configuration file. */
export const options = {
  robot: {
    kind: 'text',
    describe: "the robot's serial = certificate common name = MQTT client id = thing name",
    pattern: /^[A-Za-z0-9:_-]{1,64}$/,
    expected: '1 to 64 letters, digits, ":", "_" or "-"',
  },
  dataDir: { kind: 'path', describe: 'where the agent keeps its identity, store and maps' },
  runtimeDir: {
    kind: 'path',
    default: '',
    describe:
      'for the local door and what need not outlive a power cycle: a folder in memory, such as /run/pilotfish',
  },
  cloudHost: { kind: 'text', describe: "the broker's host name, as in its certificate" },
  cloudPort: {
    kind: 'number',
    default: 8883,
    min: 1,
    max: 65535,
    isWhole: true,
    describe: "the broker's port",
  },
  cloudCa: {
    kind: 'path',
    describe: 'PEM file with the CA certificates of broker and object store',
  },
  keepAliveS: {
    kind: 'number',
    default: 60,
    min: 5,
    max: 1200,
    isWhole: true,
    describe: 'MQTT keep-alive in seconds; AWS IoT takes 30 to 1200',
  },
  lastWill: {
    kind: 'text',
    default: '',
    describe:
      'topic where a plain broker says that this robot was lost; clouds tell presence themselves',
  },
  board: {
    kind: 'text',
    default: '',
    env: 'PILOTFISH_BOARD',
    describe: "the simulated board's socket; the board sets it when it starts the agent",
  },
  firmwareKeys: {
    kind: 'path',
    default: '',
    describe: 'PEM file with the Ed25519 public keys that may sign firmware; none: no updates',
  },
  keyKind: {
    kind: 'word',
    default: 'ec-p256',
    words: ['ec-p256', 'rsa-2048'],
    describe: 'kind of the keys that this robot makes for itself',
  },
  deviceKey: {
    kind: 'text',
    default: 'file',
    pattern: /^(?:file$|pkcs11:)/,
    expected: '"file" or a PKCS#11 URI, pkcs11:...',
    describe: "where the robot's key lives: in a file, or in the token that this URI names",
  },
  pkcs11Module: {
    kind: 'path',
    default: '',
    describe: "the way to that token: p11-kit-client.so, or the token's own PKCS#11 module",
  },
  pkcs11Socket: {
    kind: 'path',
    default: '',
    describe: 'the socket of p11-kit server, when the module is p11-kit-client.so',
  },
  opensslEngines: {
    kind: 'path',
    default: '',
    describe: "the folder with OpenSSL's engine pkcs11.so; found where Debian puts it if not given",
  },
  renewal: {
    kind: 'flag',
    default: true,
    describe: "renew the certificate by AWS's fleet provisioning; plain brokers have none",
  },
  renewalTemplate: {
    kind: 'text',
    default: 'pilotfish',
    pattern: /^[A-Za-z0-9_-]{1,36}$/,
    expected: '1 to 36 letters, digits, "_" or "-"',
    describe: 'the provisioning template that makes a renewed certificate good',
  },
  shadow: { kind: 'flag', default: true, describe: 'use the device shadow service' },
  jobs: { kind: 'flag', default: true, describe: 'use the jobs service' },
  progressS: {
    kind: 'number',
    default: 60,
    min: 0.1,
    max: 3600,
    describe: 'seconds between two progress reports of a mission',
  },
  publishPerS: {
    kind: 'number',
    default: 20,
    min: 0.1,
    max: 100,
    describe:
      'most messages a second in the long run, in steps of 5 KB; four seconds of it may go at once',
  },
  chatPerMin: {
    kind: 'number',
    default: 6,
    min: 0.1,
    max: 6000,
    describe: 'most of them a minute that are progress or reported state, in the long run',
  },
  reportsMax: {
    kind: 'number',
    default: 500,
    min: 1,
    max: 10_000,
    isWhole: true,
    describe: 'most mission reports kept on the robot',
  },
  reportsKiBMax: {
    kind: 'number',
    default: 2048,
    min: 64,
    max: 65_536,
    describe: 'most KiB of mission reports kept on the robot',
  },
  retryS: {
    kind: 'number',
    default: 2,
    min: 0.1,
    max: 600,
    describe: 'ceiling of the first pause before connecting or asking again; it doubles from there',
  },
  retrySMax: {
    kind: 'number',
    default: 300,
    min: 1,
    max: 3600,
    describe: 'highest ceiling of the pause before connecting again',
  },
  healthS: {
    kind: 'number',
    default: 180,
    min: 5,
    max: 3600,
    describe: 'seconds that a trial boot has to reach its cloud and its body',
  },
} as const satisfies Record<string, Option>;

type Key = keyof typeof options;
type ValueOf<O extends Option> = O extends { words: readonly (infer W)[] }
  ? W
  : O['kind'] extends 'number'
    ? number
    : O['kind'] extends 'flag'
      ? boolean
      : string;

/** The options as they are after file, environment and defaults. */
export type Settings = { readonly [K in Key]: ValueOf<(typeof options)[K]> };

/** What the machines get. */
export interface AgentConfig {
  readonly robot: string;
  readonly link: PauseConfig;
  readonly publish: PublishBudget;
  readonly identity: IdentityConfig;
  readonly time: CloudTimeConfig;
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
  const askMs = settings.retryS * 1000;
  const usesJobs = settings.jobs && settings.firmwareKeys !== '';
  return {
    robot,
    identity: {
      robot,
      enabled: settings.renewal,
      template: settings.renewalTemplate,
      askMs: 4 * askMs,
      askMsMax: 10 * 60_000,
    },
    link: { retryMs: askMs, retryMsMax: settings.retrySMax * 1000 },
    publish: { perS: settings.publishPerS, chatPerMin: settings.chatPerMin },
    time: {
      robot,
      enabled: !settings.shadow && !usesJobs,
      askMs: 2 * askMs,
      askMsMax: hourMs,
    },
    missions: {
      robot,
      progressMs: settings.progressS * 1000,
      reportsMax: settings.reportsMax,
      reportBytesMax: settings.reportsKiBMax * 1024,
      resendMs: 2 * askMs,
      resendMsMax: hourMs,
    },
    maps: { robot, askMs: 4 * askMs, askMsMax: hourMs },
    commands: { robot },
    shadow: { robot, enabled: settings.shadow, askMs: 2 * askMs, askMsMax: hourMs },
    updates: {
      robot,
      enabled: usesJobs,
      askMs: 2 * askMs,
      askMsMax: hourMs,
      healthMs: settings.healthS * 1000,
      trialAttempts: 1,
    },
  };
}

/**
 * Reads and checks the configuration file. Errors have codes that begin with `config` and name the option, what stands
 * there and what was expected.
 */
export async function readSettings(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Settings> {
  const given = parse(file, await readText(file));
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(options, key)) {
      throw wrong(file, key, 'no such option', `known: ${Object.keys(options).join(', ')}`);
    }
  }
  const entries = (Object.keys(options) as Key[]).map((key) => {
    const option: Option = options[key];
    const fromEnv = option.env === undefined ? undefined : env[option.env];
    return [key, settle(file, key, option, fromEnv ?? given[key])];
  });
  const settings = Object.fromEntries(entries) as Settings;
  if (settings.deviceKey !== 'file' && settings.pkcs11Module === '') {
    const { describe } = options.pkcs11Module;
    throw wrong(file, 'pkcs11Module', 'is missing, and deviceKey is in a token', describe);
  }
  return settings;
}

function settle(file: string, key: string, option: Option, given: unknown): unknown {
  const value = given ?? option.default;
  if (value === undefined) throw wrong(file, key, 'is missing', option.describe);
  const expected = problem(option, value);
  if (expected !== undefined) {
    throw wrong(file, key, `is ${JSON.stringify(value)}, expected ${expected}`, option.describe);
  }
  if (option.kind === 'path' && value !== '') return resolve(dirname(file), value as string);
  return value;
}

/** What was expected instead, when `value` is not what the option takes. */
function problem(option: Option, value: unknown): string | undefined {
  switch (option.kind) {
    case 'number':
      return isNumberFor(option, value)
        ? undefined
        : `a ${option.isWhole ? 'whole ' : ''}number from ${option.min} to ${option.max}`;
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'word':
      return option.words?.includes(value as string)
        ? undefined
        : `one of ${option.words?.join(', ')}`;
    case 'text':
    case 'path': {
      if (typeof value !== 'string') return 'a text';
      if (value === '' && option.default !== '') return 'a text that is not empty';
      if (option.pattern === undefined || option.pattern.test(value)) return undefined;
      return option.expected ?? 'another form';
    }
  }
}

function isNumberFor(option: Option, value: unknown): boolean {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, isWhole } = option;
  if (typeof value !== 'number' || value < min || value > max) return false;
  return !isWhole || Number.isInteger(value);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PilotfishError('config-unreadable', `${file} cannot be read (${codeOf(cause)})`, {
      hint: 'the agent needs a configuration file: docs/firmware-engineer.md shows one',
    });
  }
}

function parse(file: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch {
    // Told below, in the same words for whatever is wrong with it.
  }
  throw new PilotfishError('config-invalid', `${file} is not a JSON object`);
}

const wrong = (file: string, key: string, what: string, hint: string) =>
  new PilotfishError('config-invalid', `${key} in ${file}: ${what}`, { hint });
