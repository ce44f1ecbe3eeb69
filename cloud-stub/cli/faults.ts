import { usage } from '../../base/cli.ts';
import type { Option, Options } from '../../base/command.ts';
import { plain, table, utc } from '../../base/text.ts';
import type { FaultState } from '../faults.ts';
import type { OperatorClient } from '../operator-client.ts';

/** `cloud-stub faults`: the injected faults. One of the first three options sets a fault. */

export const faultOptions = {
  cut: { type: 'string', value: 'ROBOT', describe: 'drop its connection, refuse it for --for-s' },
  'for-s': { type: 'number', min: 0, max: 86_400, describe: 'with --cut: so many seconds' },
  drop: {
    type: 'number',
    min: 0,
    max: 100,
    value: 'PERCENT',
    describe: 'lose this share of all messages, each way; 0 ends it',
  },
  throttle: {
    type: 'string',
    value: 'ROBOT',
    describe: 'accept --per-s messages a second from it and drop the others',
  },
  'per-s': { type: 'number', min: 0, describe: 'with --throttle; without, as many as it likes' },
  seed: { type: 'integer', min: 0, describe: 'decides which messages are lost (1 if not given)' },
} as const satisfies Record<string, Option>;

type Given = Options<typeof faultOptions>;

/** Throws `usage` for an incomplete fault, and for more than one at once. */
export function checkFaults(given: Given): void {
  const { cut, drop, throttle, seed } = given;
  const set = [cut, drop, throttle].filter((one) => one !== undefined).length;
  if (set > 1) throw usage('--cut, --drop and --throttle are set one at a time');
  if ((cut === undefined) !== (given['for-s'] === undefined)) {
    throw usage('--cut and --for-s belong together');
  }
  if (given['per-s'] !== undefined && throttle === undefined) {
    throw usage('--per-s belongs to --throttle');
  }
  if (seed !== undefined && drop === undefined && throttle === undefined) {
    throw usage('--seed belongs to --drop or --throttle');
  }
}

export function fetchFaults(client: OperatorClient, given: Given): Promise<FaultState> {
  const { cut, drop, throttle, seed = 1 } = given;
  if (cut !== undefined) return client.cut(cut, (given['for-s'] ?? 0) * 1000);
  if (drop !== undefined) return client.drop(drop, seed);
  if (throttle !== undefined) return client.throttle(throttle, given['per-s'], seed);
  return client.faults();
}

export function showFaults({ dropPercent, lost, throttled, cuts }: FaultState): string {
  const rows = table(
    ['CUT', 'UNTIL'],
    cuts.map(({ robot, untilMs }) => [plain(robot), utc(untilMs)]),
    'no robot is cut off',
  );
  return `lost on purpose: ${dropPercent} %, ${lost} so far; thrown away over quota: ${throttled}\n${rows}`;
}
