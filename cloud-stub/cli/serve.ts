import { once } from 'node:events';
import { type Command, command } from '../../base/cli.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { startStub } from '../serve.ts';
import { certificateConfig, certificateRules } from './certificate-rules.ts';

/** `cloud-stub serve`: one JSON line on standard output when ready, then logs on standard error until it is stopped. */
export function serveCommand({ clock, log }: { clock: Clock; log: () => Log }): Command {
  return command({
    summary: 'run the cloud: MQTT broker, object store and control plane',
    options: {
      dir: { type: 'string', required: true, value: 'DIR', describe: 'where everything is kept' },
      ca: {
        type: 'string',
        required: true,
        value: 'FILE',
        describe: 'CA certificates of the robots, PEM',
      },
      'mqtt-port': {
        type: 'number',
        default: 0,
        min: 0,
        max: 65535,
        describe: '0 takes a free one',
      },
      'https-port': {
        type: 'number',
        default: 0,
        min: 0,
        max: 65535,
        describe: '0 takes a free one',
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
    },
    async run(options, io) {
      const { dir, ca, host, bind } = options;
      await using stub = await startStub({
        ...{ dir, ca, host, bind, clock },
        mqttPort: options['mqtt-port'],
        httpsPort: options['https-port'],
        cloud: certificateConfig(options),
        log: log(),
      });
      io.out(JSON.stringify(stub.ready));
      if (!io.signal.aborted) await once(io.signal, 'abort');
      return 0;
    },
  });
}
