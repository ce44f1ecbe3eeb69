/** The definition of one option of the configuration file. */
export interface Option {
  readonly kind: 'text' | 'number' | 'flag' | 'path' | 'word';
  readonly describe: string;
  /** Without a default the option is required. */
  readonly default?: string | number | boolean;
  /** An environment variable that overrides the file. */
  readonly env?: string;
  readonly words?: readonly string[];
  readonly pattern?: RegExp;
  readonly expected?: string;
  readonly min?: number;
  readonly max?: number;
  readonly isWhole?: boolean;
}

/** Every option of the agent, defined once. Paths are relative to the configuration file. */
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
  connectTimeoutS: {
    kind: 'number',
    default: 15,
    min: 1,
    max: 120,
    describe:
      'most seconds from the first packet of a connection to its SUBACK; then it tries again',
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
  renewalIssuers: {
    kind: 'path',
    default: '',
    describe:
      "PEM file with more CAs that may issue a renewed certificate; none: only those of the factory's chain",
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
  lowPriorityPerMin: {
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
  trialAttempts: {
    kind: 'number',
    default: 3,
    min: 1,
    max: 16,
    isWhole: true,
    describe: 'starts that a new image has to prove itself before the board falls back',
  },
} as const satisfies Record<string, Option>;

export type Key = keyof typeof options;
type ValueOf<O extends Option> = O extends { words: readonly (infer W)[] }
  ? W
  : O['kind'] extends 'number'
    ? number
    : O['kind'] extends 'flag'
      ? boolean
      : string;

/** The options as they are after file, environment and defaults. */
export type Settings = { readonly [K in Key]: ValueOf<(typeof options)[K]> };
