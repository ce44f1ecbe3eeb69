import type { CliIo, Option, Options } from '../../base/command.ts';
import { confirmByName, yes } from '../../base/confirm.ts';
import type { OperatorClient } from '../operator-client.ts';
import { theRobot } from './ask.ts';

/** `cloud-stub scrap`: nothing brings revoked certificates back, so it is done on a second word only. */

export const scrapOptions = {
  robot: theRobot,
  yes,
  clear: { type: 'boolean', describe: 'take it back: a new certificate lets it in' },
} as const satisfies Record<string, Option>;

type Given = Options<typeof scrapOptions> & { readonly json: boolean };

/** Throws `usage` when there is nobody to ask, `not-confirmed` after another answer than the robot's name. */
export async function confirmScrap({ robot, yes, clear, json }: Given, io: CliIo): Promise<void> {
  if (clear) return;
  const consequence = `scrap revokes all certificates of ${robot} for good`;
  await confirmByName({ name: robot, consequence, yes, json }, io);
}

export interface Scrapped {
  readonly robot: string;
  readonly scrapped: boolean;
  readonly certificates: number;
}

export async function scrapRobot(
  client: OperatorClient,
  { robot, clear }: Given,
): Promise<Scrapped> {
  return { robot, scrapped: !clear, certificates: await client.scrap(robot, !clear) };
}

export const showScrapped = ({ scrapped, certificates }: Scrapped): string =>
  scrapped ? `scrapped, certificates revoked: ${certificates}` : 'taken back';
