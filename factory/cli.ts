import type { Command } from '../base/command.ts';
import { initCommand } from './cli/init.ts';
import { journalCommand } from './cli/journal.ts';
import { fixtureCommand, type LineTools, stationCommand } from './cli/line.ts';
import { crlCommand, revokeCommand } from './cli/revoke.ts';
import { signCommand } from './cli/sign.ts';

/** The station's commands. */
export function factoryCommands(tools: LineTools): Record<string, Command> {
  return {
    init: initCommand(tools),
    sign: signCommand(tools),
    journal: journalCommand,
    revoke: revokeCommand(tools),
    crl: crlCommand(tools),
    fixture: fixtureCommand(tools),
    station: stationCommand(tools),
  };
}
