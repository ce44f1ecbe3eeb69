import { type CliIo, type Command, command } from '../../base/cli.ts';
import type { Clock } from '../../base/clock.ts';
import { readTextIfThere } from '../../base/files.ts';
import { connectOperator, type OperatorClient, type StubStatus } from '../operator-client.ts';
import { readRunning } from '../running.ts';
import {
  askCertificates,
  certificateOptions,
  showCertificates,
  showRefusals,
} from './certificates.ts';
import { askCommands, checkWord, commandOptions, showCommands } from './commands.ts';
import { showExecution } from './execution.ts';
import { moment, table } from './format.ts';
import { showListeners } from './listeners.ts';
import { askMissions, showMissions } from './missions.ts';
import { askHandlers, showHandlers } from './parking.ts';
import { readObject } from './read-object.ts';
import { replayArchive, showReplayed } from './replay.ts';
import { desiredExample, readDesired } from './shadow.ts';

const dir = {
  type: 'string',
  required: true,
  value: 'DIR',
  describe: 'the folder of the running stub',
} as const;
const json = { type: 'boolean', describe: 'print the whole answer as JSON' } as const;
const robot = { type: 'string', required: true, value: 'ID', describe: 'the robot' } as const;

/** The commands that ask or tell a running stub. Each prints a table, or JSON with `--json`. */
export function operatorCommands(clock: Clock): Record<string, Command> {
  /** Runs `ask` with a client and prints what it answers, formatted by `show`. */
  const tell = async <T>(
    { options, io }: { options: { dir: string; json: boolean }; io: CliIo },
    ask: (client: OperatorClient) => Promise<T>,
    show: (answer: T) => string,
  ): Promise<number> => {
    using client = await connectOperator(await readRunning(options.dir), clock);
    const answer = await ask(client);
    io.out(options.json ? JSON.stringify(answer ?? null, null, 2) : show(answer));
    return 0;
  };
  return {
    status: command({
      summary: 'the robots: connected or not, and which of their messages were refused',
      options: { dir, json },
      run: (options, io) => tell({ options, io }, (client) => client.status(), showStatus),
    }),
    missions: command({
      summary: 'the table of missions, and what was seen of each robot',
      options: {
        dir,
        robot: { type: 'string', value: 'ID', describe: 'only of this robot' },
        json,
      },
      run: (options, io) =>
        tell({ options, io }, (client) => askMissions(client, options), showMissions),
    }),
    replay: command({
      summary: 'feed the archive through the handlers again: changes nothing that is known',
      options: {
        dir,
        since: { type: 'string', required: true, value: 'TIME', describe: 'from when on, UTC' },
        json,
      },
      run: (options, io) =>
        tell({ options, io }, (client) => replayArchive(client, options), showReplayed),
    }),
    handlers: command({
      summary: 'the handlers of critical messages, and what they have not taken',
      options: {
        dir,
        set: { type: 'string', value: 'NAME=STATE', describe: 'missions/report=down; up, failing' },
        json,
      },
      run: (options, io) =>
        tell({ options, io }, (client) => askHandlers(client, options.set), showHandlers),
    }),
    redrive: command({
      summary: 'retry the messages that their handler has failed at',
      options: { dir, json },
      run: (options, io) =>
        tell(
          { options, io },
          (client) => client.redrive(),
          ({ tried, done }) => `tried ${tried} messages, ${done} were taken`,
        ),
    }),
    command: command({
      summary: 'send a robot a command, or list what was sent',
      options: {
        dir,
        robot,
        ...commandOptions,
        json,
      },
      run(options, io) {
        checkWord(options.send);
        return tell({ options, io }, (client) => askCommands(client, options), showCommands);
      },
    }),
    shadow: command({
      summary: "a robot's shadow; with --desired, sets values first",
      options: {
        dir,
        robot,
        desired: {
          type: 'string',
          value: 'JSON',
          describe: `merged into desired: '${desiredExample}'`,
        },
        json,
      },
      run(options, io) {
        const desired = options.desired === undefined ? undefined : readDesired(options.desired);
        return tell(
          { options, io },
          async (client) => {
            if (desired !== undefined) await client.updateShadow(options.robot, { desired });
            return client.shadow(options.robot);
          },
          (shadow) => (shadow ? JSON.stringify(shadow.state, null, 2) : 'none'),
        );
      },
    }),
    jobs: command({
      summary: 'a job and how far the robot is; with --document, makes it first',
      options: {
        dir,
        job: { type: 'string', required: true, value: 'ID', describe: 'the job' },
        robot,
        document: { type: 'string', value: 'FILE', describe: 'job document, JSON: makes the job' },
        json,
      },
      run: (options, io) =>
        tell(
          { options, io },
          async (client) => {
            const { job: jobId, robot, document } = options;
            if (document !== undefined) {
              const text = (await readTextIfThere(document)) ?? '';
              const content = readObject(`--document ${document}`, text);
              await client.createJob({ jobId, targets: [robot], document: content });
            }
            return client.execution(robot, jobId);
          },
          showExecution,
        ),
    }),
    certificates: command({
      summary: 'the certificates in the registry; with --set, blocks or admits them first',
      options: { dir, ...certificateOptions, json },
      run: (options, io) =>
        tell({ options, io }, (client) => askCertificates(client, options), showCertificates),
    }),
    refusals: command({
      summary: 'refused connections whose certificate is not in the registry',
      options: { dir, json },
      run: (options, io) =>
        tell({ options, io }, (client) => client.connectionRefusals(), showRefusals),
    }),
    scrap: command({
      summary: 'scrap a robot: revoke its certificates, refuse whatever it shows later',
      options: {
        dir,
        robot,
        clear: { type: 'boolean', describe: 'take it back: a new certificate lets it in' },
        json,
      },
      run: (options, io) =>
        tell(
          { options, io },
          (client) => client.scrap(options.robot, !options.clear),
          (revoked) =>
            options.clear ? 'taken back' : `scrapped, certificates revoked: ${revoked}`,
        ),
    }),
  };
}

const showStatus = ({ robots, listeners }: StubStatus): string =>
  [showRobots(robots), showListeners(listeners)].filter((part) => part !== '').join('\n\n');

const showRobots = (robots: StubStatus['robots']): string =>
  table(
    ['ROBOT', 'STATE', 'SINCE', 'REFUSED'],
    robots.map(({ robot, presence, refusals }) => [
      robot,
      presence?.state ?? 'never seen',
      presence ? moment(presence.sinceMs) : '',
      Object.entries(refusals)
        .map(([code, count]) => `${code} ${count}`)
        .join(', '),
    ]),
  );
