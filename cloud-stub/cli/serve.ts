import { once } from 'node:events';
import { abortedWithStdin, untilStdinEnds, usage } from '../../base/cli.ts';
import type { Clock } from '../../base/clock.ts';
import { type Command, command } from '../../base/command.ts';
import type { Log } from '../../base/log.ts';
import { cloudDefaults } from '../config.ts';
import { startStub } from '../serve.ts';
import type { OtherBroker, OwnBroker } from '../transports.ts';
import { certificateConfig, certificateRules } from './certificate-rules.ts';

interface MqttOptions {
  readonly ca: string | undefined;
  readonly 'mqtt-port': number;
  readonly 'device-https-port': number | undefined;
  readonly broker: string | undefined;
  readonly 'broker-ca': string | undefined;
  readonly 'broker-cert': string | undefined;
  readonly 'broker-key': string | undefined;
  readonly 'broker-reserved': boolean;
}

const ofBroker = ['broker-ca', 'broker-cert', 'broker-key'] as const;

/** Which broker is meant. Throws `usage` when the options of both are mixed or incomplete. */
function mqttOf(options: MqttOptions): OwnBroker | OtherBroker {
  const { ca, broker: url } = options;
  if (url === undefined) {
    const stray = ofBroker.find((name) => options[name] !== undefined);
    if (stray !== undefined || options['broker-reserved']) {
      throw usage(`--${stray ?? 'broker-reserved'} is of use only with --broker`);
    }
    if (ca === undefined) {
      throw usage(
        '--ca is missing: CA certificates of the robots, PEM',
        'factory init --dir factory makes a CA, in factory/ca.crt',
      );
    }
    return { ca, port: options['mqtt-port'] };
  }
  if (options['device-https-port'] !== undefined) {
    throw usage(
      '--device-https-port and --broker exclude each other',
      'the stub knows no CA of the robots of another broker',
    );
  }
  if (ca !== undefined) {
    throw usage('--ca and --broker exclude each other', 'the broker knows the CA of its robots');
  }
  const missing = ofBroker.find((name) => options[name] === undefined);
  if (missing !== undefined) throw usage(`--${missing} is missing: --broker needs it`);
  const { 'broker-ca': brokerCa = '', 'broker-cert': cert = '', 'broker-key': key = '' } = options;
  return { url, ca: brokerCa, cert, key, reserved: options['broker-reserved'] };
}

/** `cloud-stub serve`: one JSON line on standard output when ready, then logs on standard error until it is stopped. */
export function serveCommand({ clock, log }: { clock: Clock; log: () => Log }): Command {
  return command({
    summary: 'run the cloud: MQTT broker, object store and control plane',
    options: {
      dir: { type: 'string', required: true, value: 'DIR', describe: 'where everything is kept' },
      ca: {
        type: 'string',
        value: 'FILE',
        describe: 'CA certificates of the robots, PEM; needed without --broker',
      },
      'mqtt-port': {
        type: 'integer',
        default: 0,
        min: 0,
        max: 65535,
        describe: 'for robots; 0 selects a free one',
      },
      'https-port': {
        type: 'integer',
        default: 0,
        min: 0,
        max: 65535,
        describe: "for operators, AWS's clients and objects; 0 selects a free one",
      },
      'device-https-port': {
        type: 'integer',
        min: 0,
        max: 65535,
        describe: 'for robots over HTTPS with their certificate; a free one unless given',
      },
      host: {
        type: 'string',
        default: 'localhost',
        value: 'NAME',
        describe: 'the name that robots reach it by, in certificate and URLs',
      },
      bind: {
        type: 'string',
        value: 'ADDRESS',
        describe: 'address to listen on; else loopback for a loopback name, or every one',
      },
      ...certificateRules,
      'confirm-window-ms': {
        type: 'number',
        default: cloudDefaults.confirmWindowMs,
        min: 0,
        max: 60_000,
        describe: "how long a robot's confirmations gather into one message; 0: not at all",
      },
      broker: {
        type: 'string',
        value: 'URL',
        describe:
          'mqtts://HOST[:PORT]: serve the robots of this broker, without a broker of the stub',
      },
      'broker-ca': {
        type: 'string',
        value: 'FILE',
        describe: "CA certificates of that broker's own certificate, PEM",
      },
      'broker-cert': {
        type: 'string',
        value: 'FILE',
        describe: "the cloud's certificate there, PEM; its common name is the cloud's name",
      },
      'broker-key': { type: 'string', value: 'FILE', describe: "that certificate's key, PEM" },
      'broker-reserved': {
        type: 'boolean',
        describe: 'serve shadow and jobs there, too, below $aws/things/',
      },
      'until-stdin-ends': untilStdinEnds,
    },
    async run(options, io) {
      const { dir, host, bind } = options;
      const signal = options['until-stdin-ends'] ? abortedWithStdin(io.signal) : io.signal;
      await using stub = await startStub({
        ...{ dir, host, bind, clock },
        mqtt: mqttOf(options),
        httpsPort: options['https-port'],
        deviceHttpsPort: options['device-https-port'],
        cloud: {
          ...certificateConfig(options),
          confirmWindowMs: options['confirm-window-ms'],
        },
        log: log(),
      });
      io.out(JSON.stringify(stub.ready));
      if (!signal.aborted) await once(signal, 'abort');
      return 0;
    },
  });
}
