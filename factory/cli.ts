import { type Command, command, json } from '../base/cli.ts';
import { readCaCertificate } from './ca.ts';
import { initCommand } from './cli/init.ts';
import { fixtureCommand, type LineTools, stationCommand } from './cli/line.ts';
import { dir } from './cli/options.ts';
import { crlCommand, revokeCommand } from './cli/revoke.ts';
import { signCommand } from './cli/sign.ts';
import { openJournal } from './journal.ts';
import { listJournal } from './list.ts';
import { openRevocations } from './revocations.ts';

/** The station's commands. */
export function factoryCommands(tools: LineTools): Record<string, Command> {
  return {
    init: initCommand(tools),
    sign: signCommand(tools),
    journal: command({
      summary: 'list what was issued, what is in quarantine and what is revoked',
      options: {
        dir,
        json: { ...json, describe: 'one JSON object per line; an error, too, on standard error' },
      },
      run: async (options, io) => {
        await readCaCertificate(options.dir); // A folder that is no station's stays as it is.
        const parts = {
          journal: await openJournal(options.dir),
          revocations: await openRevocations(options.dir),
        };
        return listJournal(parts, { isJson: options.json, io });
      },
    }),
    revoke: revokeCommand(tools),
    crl: crlCommand(tools),
    fixture: fixtureCommand(tools),
    station: stationCommand(tools),
  };
}
