import { PilotfishError } from '../../base/errors.ts';
import type { Agent } from '../agent.ts';
import type { Settings } from '../cli/options.ts';
import type { Json } from '../kernel/machine.ts';

/** What `renew` answers: the renewal's state as it is now. */
export interface RenewalState {
  readonly robot: string;
  /** False while the agent still waits for the cloud's time; then it begins by itself. */
  readonly isUnderWay: boolean;
  /** The identity machine's view. */
  readonly identity: Json;
}

/** The parts of the status that decide. */
interface Seen {
  readonly identity: { readonly state: string; readonly certificate: string | null };
  readonly link: { readonly state: string };
}

/**
 * What the local door does for `pilotfish renew`: has the certificate renewed now and does not wait for it. Asked again,
 * it tells how far the renewal is.
 *
 * Throws `bad-params`, `renewal-off`, `key-rotation`, `no-identity`, `renewal-under-way` (with another key than the one that is
 * wanted) and `not-connected`; only after the last will the certificate be renewed, when the robot is connected.
 */
export function renewNow(
  agent: Pick<Agent, 'deliver' | 'status'>,
  { robot, renewal, deviceKey }: Pick<Settings, 'robot' | 'renewal' | 'deviceKey'>,
  params: Readonly<Record<string, unknown>>,
): RenewalState {
  const rotateKey = readParams(params);
  const seen = () => agent.status() as Seen;
  if (!renewal) {
    throw new PilotfishError('renewal-off', `${robot} does not renew its certificate by itself`, {
      hint: '"renewal" is false in its configuration; it gets a new one at the factory station',
    });
  }
  if (rotateKey && deviceKey !== 'file') throw keyRotation(robot);
  const before = seen();
  if (before.identity.certificate === null) {
    throw new PilotfishError(
      'no-identity',
      `${robot} had no usable certificate when its agent began`,
      {
        hint: 'pilotfish provision gives it one; where it has one by now, start the agent again',
      },
    );
  }
  if (before.identity.state !== 'settled') {
    if (!rotateKey) return { robot, isUnderWay: true, identity: before.identity };
    throw new PilotfishError(
      'renewal-under-way',
      `${robot} is renewing its certificate already (${before.identity.state})`,
      { hint: 'ask again for a new key when that has ended: pilotfish status' },
    );
  }
  agent.deliver({ type: 'identity/renew', rotateKey });
  const { identity, link } = seen();
  if (link.state !== 'up') {
    throw new PilotfishError(
      'not-connected',
      `${robot} is not connected; its certificate will be renewed as soon as it is`,
      { hint: 'pilotfish status shows why; an agent that is started again must be asked again' },
    );
  }
  return { robot, isUnderWay: identity.state !== 'settled', identity };
}

/** A misspelled parameter must not renew with another key than the one that is meant. */
function readParams(params: Readonly<Record<string, unknown>>): boolean {
  const { rotateKey = false, ...others } = params;
  if (typeof rotateKey === 'boolean' && Object.keys(others).length === 0) return rotateKey;
  throw new PilotfishError('bad-params', 'renew takes one parameter: rotateKey, true or false');
}

/** A token holds one key, for the life of the robot. */
export const keyRotation = (robot: string): PilotfishError<'key-rotation'> =>
  new PilotfishError('key-rotation', `the key of ${robot} is in a token, which holds one key`, {
    hint: 'pilotfish renew without --rotate-key renews the certificate with the same key',
  });
