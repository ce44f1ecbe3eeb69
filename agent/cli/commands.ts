import { json } from '../../base/cli.ts';
import { type Command, command } from '../../base/command.ts';
import type { RenewReply } from '../identity/requests.ts';
import type { Json } from '../kernel/machine.ts';
import type { MissionList } from '../missions/requests.ts';
import { missionsText } from './missions-text.ts';
import type { Settings } from './options.ts';
import { type ProvisionParts, provisionCommand } from './provision.ts';
import { readSettings } from './settings.ts';
import { statusText } from './status.ts';
import { statusOnOneScreen } from './status-short.ts';

/** What the commands need built; `main.ts` provides it. */
export interface Parts extends ProvisionParts {
  /** Runs the agent until the signal; returns the exit code. */
  run(settings: Settings, signal: AbortSignal): Promise<number>;
  /** Sends a request to the running agent. Throws `not-running`, or the code of its rejection. */
  call(
    settings: Settings,
    method: string,
    params?: Readonly<Record<string, unknown>>,
  ): Promise<Json>;
}

const config = {
  type: 'string',
  value: 'FILE',
  required: true,
  describe: "the agent's configuration, a JSON file",
} as const;

export function commands(parts: Parts): Record<string, Command> {
  return {
    run: command({
      summary: 'runs the agent until it is stopped',
      options: { config },
      run: async (options, { signal }) =>
        parts.run(await readSettings(options.config, parts.env), signal),
    }),
    status: command({
      summary: 'shows what the running agent knows of itself, on one screen',
      options: {
        config,
        all: { type: 'boolean', describe: 'everything, machine by machine' },
        json,
      },
      async run(options, io) {
        const settings = await readSettings(options.config, parts.env);
        const status = await parts.call(settings, 'status');
        const show = options.all ? statusText : statusOnOneScreen;
        io.out(options.json ? JSON.stringify(status) : show(status));
        return 0;
      },
    }),
    missions: command({
      summary: 'shows the open mission, the reports that wait, dead letters and history',
      options: {
        config,
        all: { type: 'boolean', describe: 'all that is kept, not only the newest of each' },
        json,
      },
      async run(options, io) {
        const settings = await readSettings(options.config, parts.env);
        const params = { all: options.all };
        const list = (await parts.call(settings, 'missions', params)) as MissionList;
        io.out(options.json ? JSON.stringify(list) : missionsText(list));
        return 0;
      },
    }),
    renew: command({
      summary: "has the running agent renew the robot's certificate now",
      options: {
        config,
        'rotate-key': { type: 'boolean', describe: 'with a new key, made on the robot' },
        json,
      },
      async run(options, io) {
        const settings = await readSettings(options.config, parts.env);
        const params = { rotateKey: options['rotate-key'] };
        const reply = (await parts.call(settings, 'renew', params)) as RenewReply;
        io.out(options.json ? JSON.stringify(reply) : renewalText(reply));
        return 0;
      },
    }),
    'exit-safe-mode': command({
      summary: 'has an agent in safe mode start again in normal mode',
      options: { config },
      async run(options, io) {
        const settings = await readSettings(options.config, parts.env);
        await parts.call(settings, 'exit-safe-mode');
        io.out(
          `${settings.robot}: the agent ends, and its supervisor starts it again in normal mode`,
        );
        return 0;
      },
    }),
    provision: provisionCommand(parts),
  };
}

function renewalText({ robot, renewal, waitsFor, identity }: RenewReply): string {
  const how =
    renewal === 'waiting' && waitsFor !== undefined
      ? `starts when ${waits[waitsFor]}`
      : { started: 'has started', 'under-way': 'was already running', waiting: 'starts later' }[
          renewal
        ];
  const first = `${robot}: the renewal of its certificate ${how};`;
  return `${first}\npilotfish status shows how it ends\n${statusText({ identity })}`;
}

const waits = {
  connection: 'the robot is connected',
  'cloud-time': 'the cloud has sent the time',
} as const;
