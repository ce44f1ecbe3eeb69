import { usage } from '../../base/cli.ts';
import { plain, table, utc } from '../../base/text.ts';
import type { HandlerTable, OperatorClient } from '../operator-client.ts';

/** `cloud-stub handlers`: which handlers are up, and their dead letters and backlog. */

/** Switches one first when `set` (`missions/report=down`) says so. Throws `usage` when `set` is incomplete. */
export async function fetchHandlers(
  client: OperatorClient,
  set: string | undefined,
): Promise<HandlerTable> {
  if (set === undefined) return client.handlers();
  const [handler, state] = set.split('=');
  if (!handler || !state) throw usage(`--set is "${set}"`, 'expected missions/report=down');
  return client.setHandler(handler, state);
}

export function showHandlers({ handlers, deadLetters }: HandlerTable): string {
  const states = table(
    ['HANDLER', 'STATE'],
    handlers.map(({ handler, state }) => [handler, state]),
    'no handlers',
  );
  const letters = table(
    ['DEAD LETTER', 'ROBOT', 'SINCE', 'TRIES', 'WHY'],
    deadLetters.map(({ seq, robot, atMs, tries, error }) => [
      ...[String(seq), robot, utc(atMs), String(tries)],
      plain(error ?? 'the handler is down'),
    ]),
    'none',
  );
  return deadLetters.length === 0 ? states : `${states}\n\n${letters}`;
}
