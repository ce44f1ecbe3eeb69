import { describe, expect, it } from 'vitest';
import { PendingSettings } from '../../simulation/world/pending-settings.ts';

const topic = (rest: string) => `$aws/things/R1/shadow/${rest}`;
const bytes = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const got = (version: number) => bytes({ state: {}, version, timestamp: 1_780_000_000 });
const delta = (version: number) =>
  bytes({ state: { settings: { power: 'x' } }, version, timestamp: 1_780_000_000 });

/** Wanted: eco, then boost, then eco again. */
function desiredValues() {
  const pending = new PendingSettings('R1');
  pending.desire('power', 'eco', 1);
  pending.desire('power', 'boost', 2);
  pending.desire('power', 'eco', 3);
  pending.connected();
  pending.receive(topic('get/accepted'), got(1));
  return pending;
}

describe('what the robot may still set', () => {
  it('is the value received last, or one that may still arrive', () => {
    const pending = desiredValues();
    expect(pending.overtakenOf({ power: 'eco' })).toBeUndefined();
    expect(pending.overtakenOf({ power: 'boost' })).toBeUndefined();
    expect(pending.overtakenOf({ power: 'never desired', other: 1 })).toBeUndefined();
  });

  it('is no value desired before the one received last', () => {
    const pending = desiredValues();
    pending.receive(topic('update/delta'), delta(3));
    expect(pending.overtakenOf({ power: 'boost' })).toBe('power');
    expect(pending.overtakenOf({ power: 'eco' })).toBeUndefined();
    pending.receive(topic('update/delta'), delta(2));
    expect(pending.overtakenOf({ power: 'boost' })).toBe('power');
  });

  it('hangs on nothing that the agent would not read, nor on the connection before', () => {
    const pending = desiredValues();
    pending.receive(topic('update/delta'), bytes({ version: 3 }));
    pending.receive('$aws/things/R2/shadow/update/delta', delta(3));
    expect(pending.overtakenOf({ power: 'boost' })).toBeUndefined();
    pending.receive(topic('update/delta'), delta(3));
    pending.connected();
    pending.receive(topic('update/delta'), delta(3));
    expect(pending.overtakenOf({ power: 'boost' })).toBeUndefined();
  });
});
