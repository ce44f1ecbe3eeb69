import { beforeAll, describe, expect, it } from 'vitest';
import { MachineCrashed } from '../../agent/kernel/machine-crashed.ts';
import type { Write } from '../../agent/kernel/ports.ts';
import { knownMax } from '../../agent/missions/state.ts';
import { crashesMax } from '../../agent/supervise/crashes.ts';
import type { MissionRow } from '../../cloud-stub/rows.ts';
import { entry } from '../support/agent-missions.ts';
import { epoch } from '../support/cloud-world.ts';
import { provisionedFiles } from './world/factory.ts';
import type { WorldFiles } from './world/files.ts';
import { bytesOf, sha256Of } from './world/images.ts';
import { robot, startMs, World } from './world/world.ts';

let files: WorldFiles;
beforeAll(async () => {
  files = await provisionedFiles(robot, startMs);
});

/** A world in which nothing has happened yet. */
const still = () => {
  return new World({ seed: 1, files: files.copy(), renewal: undefined, trace: undefined });
};

const row = (change: object): MissionRow =>
  ({ missionId: 'm-1', document: { ended: true, outcome: 'completed', ...change } }) as MissionRow;

describe('the rules detect', () => {
  it('a final document that changes, or is open again', () => {
    const { rules } = still();
    rules.missionStored(row({}));
    rules.missionStored(row({}));
    expect(rules.violations).toEqual([]);
    rules.missionStored(row({ outcome: 'stopped' }));
    rules.missionStored(row({ ended: false }));
    expect(rules.violations.map(({ invariant }) => invariant)).toEqual(['1', '1']);
  });

  it('a fourth crash without safe mode, and one in safe mode', () => {
    const { disk, rules } = still();
    const bug = new MachineCrashed('missions', 'body/snapshot', { what: 'a bug' });
    const normal = { isSafe: false, isOnTrial: false };
    disk.poison('missions');
    for (let n = 0; n < crashesMax; n++) rules.crashed(bug, normal);
    rules.crashed(bug, { ...normal, isOnTrial: true });
    expect(rules.violations).toEqual([]);
    for (let n = 0; n <= crashesMax; n++) rules.crashed(bug, normal);
    rules.crashed(bug, { ...normal, isOnTrial: null });
    rules.crashed(bug, { ...normal, isSafe: true });
    expect(rules.violations.map(({ invariant }) => invariant)).toEqual(['safe', 'safe']);
  });

  it('a crash without safe mode after one of an unknown slot, and not that one', () => {
    const { disk, rules } = still();
    const bug = new MachineCrashed('missions', 'body/snapshot', { what: 'a bug' });
    const normal = { isSafe: false, isOnTrial: false };
    disk.poison('missions');
    for (let n = 0; n < crashesMax; n++) rules.crashed(bug, normal);
    rules.crashed(bug, { ...normal, isOnTrial: null });
    expect(rules.violations).toEqual([]);
    rules.crashed(bug, normal);
    expect(rules.violations.map(({ invariant }) => invariant)).toEqual(['safe']);
  });

  it('a crash that nothing stored explains', () => {
    const { rules } = still();
    const how = { isSafe: false, isOnTrial: false };
    rules.crashed(new MachineCrashed('missions', 'body/snapshot', { what: 'a bug' }), how);
    expect(rules.violations[0]?.invariant).toBe('crash');
  });

  it('an agent that is still in safe mode at the end, with what it crashed at', () => {
    const { disk, rules } = still();
    disk.poison('commands');
    rules.safeMode.checkFinalInvariants();
    expect(rules.violations[0]).toEqual({
      ...{ invariant: 'safe', detail: 'commands still has what it crashes at' },
    });
  });

  it('a bootable slot that does not hold the expected image', () => {
    const { board, rules } = still();
    rules.mediumChanged('save boot');
    expect(rules.violations).toEqual([]);
    board.medium.slots.write('a', bytesOf({ version: '9.0.0', counter: 1, kind: 'good' }));
    rules.mediumChanged('sync slot');
    expect(rules.violations[0]?.detail).toMatch(/another image/);
  });

  it('an untrusted image, and one that is too old', () => {
    const { board, rules } = still();
    const bytes = bytesOf({ version: '2.0.0', counter: 0, kind: 'unsigned' });
    board.medium.slots.write('a', bytes);
    const a = { state: 'good', sha256: sha256Of(bytes) } as const;
    board.medium.boot = { v: 1, next: 'a', slots: { a, b: { state: 'empty' } } };
    rules.mediumChanged('save boot');
    expect(rules.violations.map(({ invariant }) => invariant)).toEqual(['3', '4']);
  });

  it('a board that has nothing to boot', () => {
    const { board, rules } = still();
    board.medium.slots.remove('a');
    rules.mediumChanged('clear slot');
    expect(rules.violations[0]).toEqual({ invariant: '3', detail: 'no slot could boot' });
  });

  it('an old image that boots after a new one was confirmed', () => {
    const { rules } = still();
    rules.booted('a');
    expect(rules.violations).toEqual([]);
    rules.confirmed.push({ version: '2.0.0', counter: 1, kind: 'good' });
    rules.booted('a');
    expect(rules.violations[0]?.invariant).toBe('4');
  });

  it('a command that runs late, and one that runs twice', () => {
    const { rules, disk } = still();
    const value = { v: 1, minReader: 1, data: {} };
    const intents = ['once', 'late'].map((key) => ({ machine: 'commands', key, value }));
    disk.open(() => {}).commit(intents);
    rules.expiries.set('once', startMs + 1);
    rules.asked('body.command', { tag: 'once' });
    expect(rules.violations).toEqual([]);
    rules.asked('body.command', { tag: 'once' });
    rules.expiries.set('late', startMs - 5000);
    rules.asked('body.command', { tag: 'late' });
    expect(rules.violations.map(({ detail }) => detail)).toEqual([
      'command once ran 2 times',
      'late ran 5000 ms late',
    ]);
  });

  it('a command whose intent is not stored, unless it is a stop', () => {
    const { rules } = still();
    for (const verb of ['stop', 'start']) {
      rules.commandIssued(verb, verb, startMs + 1);
      rules.asked('body.command', { tag: verb });
    }
    expect(rules.violations.map(({ detail }) => detail)).toContain(
      'start ran before its intent was stored',
    );
    expect(rules.violations.map(({ detail }) => detail)).not.toContain(
      'stop ran before its intent was stored',
    );
  });

  it('a setting that goes back to an older desired value', () => {
    const { rules } = still();
    rules.pending.desire('name', 'Eve', 1);
    rules.pending.desire('name', 'Data', 2);
    rules.asked('body.configure', { settings: { name: 'Eve' } });
    rules.asked('body.configure', { settings: { name: 'Data' } });
    expect(rules.violations).toEqual([]);
    const got = { state: {}, version: 2, timestamp: 1_780_000_000 };
    const payload = new TextEncoder().encode(JSON.stringify(got));
    rules.pending.receive('$aws/things/R1/shadow/get/accepted', payload);
    rules.asked('body.configure', { settings: { name: 'Eve' } });
    expect(rules.violations[0]?.invariant).toBe('2');
  });

  it('a connection by a certificate that is not active', () => {
    const { rules, credentials, cloud } = still();
    const { certificateId = '' } = credentials.of('current') ?? {};
    rules.connected(certificateId);
    expect(rules.violations).toEqual([]);
    cloud.operator.updateCertificate(certificateId, 'INACTIVE', cloud.nowMs);
    rules.connected(certificateId);
    expect(rules.violations[0]?.invariant).toBe('8');
  });

  it('a robot that sends or connects too often, which ends the world', () => {
    const { rules, clock } = still();
    rules.attempted(1000);
    for (let n = 0; n < 15; n++) rules.published();
    expect(rules.violations).toEqual([]);
    rules.published();
    rules.attempted(999);
    expect(rules.violations.map(({ invariant }) => invariant)).toEqual(['7', '7']);
    expect(clock.isStopped).toBe(true);
  });
});

describe('the rules of the store detect', () => {
  const row = { epoch, nextN: 1, open: null, known: [], dropped: 0 };
  const value = (data: object) => ({ v: 1, minReader: 1, data });
  const rowOf = (change: object) => {
    return { machine: 'missions', key: '', value: value({ ...row, ...change }) };
  };
  const item = (n: number, change = {}, machine = 'missions') => {
    const [key, data] = entry(`${epoch}-${n}`, 'unconfirmed', { bodyMission: `b-${n}`, ...change });
    return { machine, key, value: value(data) };
  };
  const stored = (...commits: readonly Write[][]) => {
    const world = still();
    const store = world.disk.open(() => {});
    for (const writes of commits) store.commit(writes);
    return { violations: world.rules.violations, dropped: [...world.rules.store.dropped] };
  };

  it('a write that changes nothing about a mission, and progress that is stored', () => {
    expect(stored([rowOf({})], [rowOf({ nextN: 2 })]).violations).toEqual([]);
    const again = stored([rowOf({})], [rowOf({ revision: 7 })]);
    expect(again.violations[0]?.detail).toContain('nothing of a mission has changed');
    expect(stored([item(1, { ended: false })]).violations).toEqual([
      { invariant: '7', detail: 'progress is stored' },
    ]);
  });

  it('a collection beyond its bound', () => {
    const known = Array.from({ length: knownMax + 1 }, (_, n) => `b-${n}`);
    expect(stored([rowOf({ known: known.slice(1) })]).violations).toEqual([]);
    expect(stored([rowOf({ known })]).violations[0]?.detail).toBe(
      `${knownMax + 1} missions are known`,
    );
    for (const [machine, most] of [
      ['missions', 501],
      ['commands', 81],
      ['maps', 9],
    ] as const) {
      const all = Array.from({ length: most + 1 }, (_, n) => item(n, {}, machine));
      expect(stored(all.slice(1)).violations).toEqual([]);
      expect(stored(all).violations[0]?.detail).toBe(
        `${machine} has ${most + 1} values in the store`,
      );
    }
    const big = { machine: 'x', key: 'y', value: value({ z: 'z'.repeat(3 * 1024 * 1024) }) };
    expect(stored([big]).violations[0]?.invariant).toBe('7');
  });

  it('which missions were dropped: those removed unconfirmed, or that never had room, under any id', () => {
    const gone = { machine: 'missions', key: `${epoch}-1`, value: null };
    expect(stored([item(1)], [gone]).dropped).toEqual(['b-1']);
    expect(stored([item(1)], [item(7, { bodyMission: 'b-1' }), gone]).dropped).toEqual([]);
    expect(stored([rowOf({ known: ['b-1', 'b-2'] }), item(2)]).dropped).toEqual(['b-1']);
    const [key, data] = entry(`${epoch}-1`, 'confirmed', { bodyMission: 'b-1' });
    expect(stored([{ machine: 'missions', key, value: value(data) }], [gone]).dropped).toEqual([]);
  });
});
