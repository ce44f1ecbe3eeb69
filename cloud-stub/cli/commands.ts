import type { Option } from '../../base/command.ts';
import { table, utc } from '../../base/text.ts';
import { Command } from '../../protocol/schemas/commands.ts';
import type { OperatorClient } from '../operator-client.ts';
import type { CommandRow } from '../rows.ts';
import { nothingOf } from './known-robot.ts';

/** `cloud-stub command`: request, action and output. */

/** The schema library keeps a field's allowed words beside its type. */
const { words } = Command.properties.command as unknown as { words: readonly string[] };

export const commandOptions = {
  send: { type: 'string', value: 'WORD', words, describe: words.join(', ') },
  'life-s': {
    type: 'number',
    default: 60,
    min: 1,
    max: 3600,
    describe: 'seconds until it expires',
  },
} as const satisfies Record<string, Option>;

/**
 * Sends a command when `send` names one, otherwise lists what was sent. Throws `resource-not-found` for an unknown
 * robot.
 */
export async function fetchCommands(
  client: OperatorClient,
  { robot, send, 'life-s': lifeS }: { robot: string; send: string | undefined; 'life-s': number },
): Promise<CommandRow[]> {
  if (send === undefined) {
    const rows = await client.commands(robot);
    if (rows.length === 0) await nothingOf(client, robot);
    return rows;
  }
  return [await client.sendCommand({ robot, command: send, lifeMs: lifeS * 1000 })];
}

export const showCommands = (rows: readonly CommandRow[]): string =>
  table(
    ['COMMAND', 'WORD', 'STATUS', 'SENDS', 'EXPIRES'],
    rows.map((row) => [
      row.command.id,
      row.command.command,
      statusOf(row),
      String(row.sends),
      utc(row.command.expiresMs),
    ]),
    'no commands',
  );

/** The row's status does not say whether it was sent: a command for a robot that is not connected still waits here. */
function statusOf({ status, sends, outcome, reason }: CommandRow): string {
  if (outcome === undefined && reason !== undefined) return `${status} (${reason})`;
  if (outcome?.reason) return `${status} (${outcome.reason})`;
  return status === 'sent' && sends === 0 ? 'waiting' : status;
}
