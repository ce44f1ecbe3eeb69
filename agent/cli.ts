import { readFile } from 'node:fs/promises';
import { type CliIo, type Command, command } from '../base/cli.ts';
import { codeOf, PilotfishError } from '../base/errors.ts';
import { readSettings, type Settings } from './config.ts';
import type { Json } from './machine.ts';
import type { Identity } from './ports.ts';
import { statusText } from './status.ts';

/** What the commands need built; `main.ts` knows how. */
export interface Parts {
  readonly env: Readonly<Record<string, string | undefined>>;
  identity(settings: Settings): Identity;
  /** Runs the agent until the signal; answers the exit code. */
  run(settings: Settings, signal: AbortSignal): Promise<number>;
  ask(settings: Settings, method: string): Promise<Json>;
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
      summary: 'shows what the running agent knows of itself',
      options: { config, json: { type: 'boolean', describe: 'as one line of JSON' } },
      async run(options, io) {
        const settings = await readSettings(options.config, parts.env);
        const status = await parts.ask(settings, 'status');
        io.out(options.json ? JSON.stringify(status) : statusText(status));
        return 0;
      },
    }),
    provision: command({
      summary: "makes the robot's key and certificate request, or takes the certificate",
      options: {
        config,
        certificate: {
          type: 'string',
          value: 'FILE',
          describe: 'the certificate chain that the factory answered',
        },
        json: { type: 'boolean', describe: 'as one line of JSON' },
      },
      run: (options, io) => provision(parts, options, io),
    }),
  };
}

async function provision(
  parts: Parts,
  options: { config: string; certificate: string | undefined; json: boolean },
  io: CliIo,
): Promise<number> {
  const settings = await readSettings(options.config, parts.env);
  const identity = parts.identity(settings);
  if (options.certificate === undefined) {
    const { file } = await identity.request('new', io.signal);
    const text = `The key is made and stays here. Have this request signed:\n  ${file}`;
    io.out(options.json ? JSON.stringify({ robot: settings.robot, csr: file }) : text);
    return 0;
  }
  const { certificateId } = await identity.install(await readChainFile(options.certificate));
  const text = `${settings.robot} has its identity: certificate ${certificateId.slice(0, 16)}…`;
  io.out(options.json ? JSON.stringify({ robot: settings.robot, certificateId }) : text);
  return 0;
}

async function readChainFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PilotfishError('certificate-unreadable', `${file} cannot be read (${codeOf(cause)})`);
  }
}
