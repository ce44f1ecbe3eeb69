import type { ValueOf, ValueRule } from '../../base/option.ts';

/** The definition of one option of the configuration file. Without a default it is required. */
export interface Option extends ValueRule {
  /** Relative to the configuration file. */
  readonly isPath?: boolean;
  /** An environment variable that overrides the file. */
  readonly env?: string;
}

/** Every option of the agent, defined once. */
export const options = {
  robot: {
    type: 'string',
    describe: "the robot's serial = certificate common name = MQTT client id = thing name",
    pattern: /^[A-Za-z0-9:_-]{1,64}$/,
    expected: '1 to 64 letters, digits, ":", "_" or "-"',
  },
  dataDir: {
    type: 'string',
    isPath: true,
    describe: 'where the agent keeps its identity, store and maps',
  },
  runtimeDir: {
    type: 'string',
    isPath: true,
    default: '',
    describe:
      'for the local socket and what need not outlive a power cycle: a folder in memory, such as /run/pilotfish',
  },
  cloudHost: { type: 'string', describe: "the broker's host name, as in its certificate" },
  cloudPort: {
    type: 'integer',
    default: 8883,
    min: 1,
    max: 65535,
    describe: "the broker's port",
  },
  cloudCa: {
    type: 'string',
    isPath: true,
    describe: 'PEM file with the CA certificates of broker and object store',
  },
  keepAliveS: {
    type: 'integer',
    default: 60,
    min: 5,
    max: 1200,
    describe: 'MQTT keep-alive in seconds; AWS IoT accepts 30 to 1200',
  },
  connectTimeoutS: {
    type: 'number',
    default: 15,
    min: 1,
    max: 120,
    describe: 'most seconds from the first packet of a connection to its SUBACK; then it retries',
  },
  lastWill: {
    type: 'string',
    default: '',
    describe: 'topic of the last will on a plain broker; clouds report presence themselves',
  },
  board: {
    type: 'string',
    default: '',
    env: 'PILOTFISH_BOARD',
    describe: "the simulated board's socket; the board sets it when it starts the agent",
  },
  firmwareKeys: {
    type: 'string',
    isPath: true,
    default: '',
    describe: 'PEM file with the Ed25519 public keys that may sign firmware; none: no updates',
  },
  keyKind: {
    type: 'string',
    default: 'ec-p256',
    words: ['ec-p256', 'rsa-2048'],
    describe: 'kind of the keys that this robot makes for itself',
  },
  deviceKey: {
    type: 'string',
    default: 'file',
    pattern: /^(?:file$|pkcs11:)/,
    expected: '"file" or a PKCS#11 URI, pkcs11:...',
    describe: "where the robot's key is: in a file, or in the token that this URI names",
  },
  pkcs11Module: {
    type: 'string',
    isPath: true,
    default: '',
    describe: "the module for that token: p11-kit-client.so, or the token's own PKCS#11 module",
  },
  pkcs11Socket: {
    type: 'string',
    isPath: true,
    default: '',
    describe: 'the socket of p11-kit server, when the module is p11-kit-client.so',
  },
  opensslEngines: {
    type: 'string',
    isPath: true,
    default: '',
    describe: "the folder with OpenSSL's engine pkcs11.so; found where Debian puts it if not given",
  },
  renewal: {
    type: 'boolean',
    default: true,
    describe: "renew the certificate by AWS's fleet provisioning; plain brokers have none",
  },
  renewalTemplate: {
    type: 'string',
    default: 'pilotfish',
    pattern: /^[A-Za-z0-9_-]{1,36}$/,
    expected: '1 to 36 letters, digits, "_" or "-"',
    describe: 'the provisioning template that registers a renewed certificate',
  },
  renewalIssuers: {
    type: 'string',
    isPath: true,
    default: '',
    describe:
      "PEM file with more CAs that may issue a renewed certificate; none: only those of the factory's chain",
  },
  shadow: { type: 'boolean', default: true, describe: 'use the device shadow service' },
  jobs: { type: 'boolean', default: true, describe: 'use the jobs service' },
  progressS: {
    type: 'number',
    default: 60,
    min: 0.1,
    max: 3600,
    describe: 'seconds between two progress reports of a mission',
  },
  publishPerS: {
    type: 'number',
    default: 20,
    min: 0.1,
    max: 100,
    describe:
      'most messages a second in the long run, in steps of 5 KB; four seconds of it may go at once',
  },
  lowPriorityPerMin: {
    type: 'number',
    default: 6,
    min: 0.1,
    max: 6000,
    describe: 'most of them a minute that are progress or reported state, in the long run',
  },
  reportsMax: {
    type: 'integer',
    default: 500,
    min: 1,
    max: 10_000,
    describe: 'most mission reports kept on the robot',
  },
  reportsKiBMax: {
    type: 'number',
    default: 2048,
    min: 64,
    max: 65_536,
    describe: 'most KiB of mission reports kept on the robot',
  },
  retryS: {
    type: 'number',
    default: 2,
    min: 0.1,
    max: 600,
    describe:
      'ceiling of the first delay before connecting or requesting again; it doubles from there',
  },
  retrySMax: {
    type: 'number',
    default: 300,
    min: 1,
    max: 3600,
    describe: 'highest ceiling of the delay before connecting again',
  },
  healthS: {
    type: 'number',
    default: 180,
    min: 5,
    max: 3600,
    describe: 'seconds that a trial boot has to reach its cloud and its body',
  },
  trialAttempts: {
    type: 'integer',
    default: 3,
    min: 1,
    max: 16,
    describe: 'starts that a new image has to become healthy before the board falls back',
  },
} as const satisfies Record<string, Option>;

export type Key = keyof typeof options;
/** The options as they are after file, environment and defaults. */
export type Settings = { readonly [K in Key]: ValueOf<(typeof options)[K]> };
