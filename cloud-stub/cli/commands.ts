import { usage } from '../../base/cli.ts';
import type { Option, Options } from '../../base/command.ts';
import { plain, table, utc } from '../../base/text.ts';
import { Command } from '../../protocol/schemas/commands.ts';
import type { OperatorClient } from '../operator-client.ts';
import type { CommandRow } from '../rows.ts';
import { ofRobot } from './call-running.ts';
import { explainUnknown, nothingOf } from './known-robot.ts';

/** `cloud-stub command`: request, action and output. */

/** The schema library keeps a field's allowed words beside its type. */
const { words } = Command.properties.command as unknown as { words: readonly string[] };

export const commandOptions = {
  robot: { ...ofRobot, describe: 'to this robot, or only of it' },
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
 * Sends a command when `send` names one, otherwise lists what was sent. Throws `usage` for a command without a robot,
 * `resource-not-found` for an unknown robot.
 */
export async function fetchCommands(
  client: OperatorClient,
  { robot, send, 'life-s': lifeS }: Options<typeof commandOptions>,
): Promise<CommandRow[]> {
  if (send === undefined) {
    const rows = await client.commands(robot);
    if (rows.length === 0 && robot !== undefined) await nothingOf(client, robot);
    return rows;
  }
  if (robot === undefined) throw usage('--send belongs to --robot');
  const sent = client.sendCommand({ robot, command: send, lifeMs: lifeS * 1000 });
  return [await sent.catch((error) => explainUnknown(error, robot))];
}

/** `isOfOne`: all are of one robot, which has no column. */
export const showCommands = (
  rows: readonly CommandRow[],
  { isOfOne }: { isOfOne: boolean },
): string =>
  table(
    [...(isOfOne ? [] : ['ROBOT']), 'ID', 'COMMAND', 'STATUS', 'SENDS', 'EXPIRES'],
    rows.map((row) => [
      ...(isOfOne ? [] : [plain(row.robot)]),
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
