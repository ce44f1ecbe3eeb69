import { describe, expect, it } from 'vitest';
import { WantedSettings } from '../../simulation/world/wanted-settings.ts';

const topic = (rest: string) => `$aws/things/R1/shadow/${rest}`;
const bytes = (value: object) => new TextEncoder().encode(JSON.stringify(value));
const got = (version: number) => bytes({ state: {}, version, timestamp: 1_780_000_000 });
const delta = (version: number) =>
  bytes({ state: { settings: { power: 'x' } }, version, timestamp: 1_780_000_000 });

/** Wanted: eco, then boost, then eco again. */
function wishes() {
  const wanted = new WantedSettings('R1');
  wanted.want('power', 'eco', 1);
  wanted.want('power', 'boost', 2);
  wanted.want('power', 'eco', 3);
  wanted.connected();
  wanted.heard(topic('get/accepted'), got(1));
  return wanted;
}

describe('what the robot may still set', () => {
  it('is what it has heard last, or what it may hear yet', () => {
    const wanted = wishes();
    expect(wanted.overtakenOf({ power: 'eco' })).toBeUndefined();
    expect(wanted.overtakenOf({ power: 'boost' })).toBeUndefined();
    expect(wanted.overtakenOf({ power: 'never wished', other: 1 })).toBeUndefined();
  });

  it('is no wish from before the one it has heard last', () => {
    const wanted = wishes();
    wanted.heard(topic('update/delta'), delta(3));
    expect(wanted.overtakenOf({ power: 'boost' })).toBe('power');
    expect(wanted.overtakenOf({ power: 'eco' })).toBeUndefined();
    wanted.heard(topic('update/delta'), delta(2));
    expect(wanted.overtakenOf({ power: 'boost' })).toBe('power');
  });

  it('hangs on nothing that the agent would not read, nor on the connection before', () => {
    const wanted = wishes();
    wanted.heard(topic('update/delta'), bytes({ version: 3 }));
    wanted.heard('$aws/things/R2/shadow/update/delta', delta(3));
    expect(wanted.overtakenOf({ power: 'boost' })).toBeUndefined();
    wanted.heard(topic('update/delta'), delta(3));
    wanted.connected();
    wanted.heard(topic('update/delta'), delta(3));
    expect(wanted.overtakenOf({ power: 'boost' })).toBeUndefined();
  });
});
