import { describe, expect, it } from 'vitest';
import { missionsText } from '../../../agent/cli/missions-text.ts';
import type { StoredValue } from '../../../agent/kernel/ports.ts';
import { listMissions } from '../../../agent/missions/requests.ts';
import { MemoryDisk } from '../../simulation/world/store.ts';
import { entry } from '../../support/agent-missions.ts';
import { epoch, mapRef, startMs } from '../../support/cloud-world.ts';

const id = (n: number) => `${epoch}-${n}`;
const stamp = { wallMs: startMs, quality: 'synced', boot: 1, monoMs: 1 } as const;
const open = { missionId: id(9), body: 'b-9', started: stamp, initiator: 'schedule' } as const;
const row = { epoch, nextN: 10, open, known: [], dropped: 2 };

const value = (key: string, data: object, minReader = 1): StoredValue => ({
  machine: 'missions',
  key,
  value: { v: minReader, minReader, data },
});
const entries = (...made: ReturnType<typeof entry>[]) =>
  made.map(([key, data]) => value(key, data));
const some: readonly StoredValue[] = [
  { machine: 'agent', key: '', value: { v: 1, minReader: 1, data: 7 } },
  value('', row),
  ...entries(
    entry(id(1), 'confirmed', { map: mapRef, bodyMission: 'b-1' }),
    entry(id(2), 'rejected', {}),
    entry(id(3), 'unconfirmed', {
      updated: { ...stamp, quality: 'floor' },
      durations: { runS: 5430, pauseS: 0, chargeS: 0, clockSpeed: 1 },
    }),
    entry(id(4), 'awaiting-map', { updated: { ...stamp, wallMs: 9, quality: 'unset' } }),
    entry(id(5), 'confirmed'),
  ),
];
some
  .filter(({ key }) => key === id(2))
  .forEach(({ value: stored }) => {
    Object.assign((stored as { data: object }).data, { code: 'too-large' });
  });

const list = (stored = some, params = {}) => listMissions(stored, 'R1', params);
const many = (count: number, state: 'confirmed' | 'unconfirmed' | 'rejected') =>
  entries(...Array.from({ length: count }, (_, i) => entry(id(i + 1), state)));

describe('the list of missions', () => {
  it('shows the open mission, unconfirmed ones, dead letters, history and the counts', () => {
    const found = list();
    expect(found).toMatchObject({ robot: 'R1', epoch, dropped: 2, unread: 0 });
    expect(found.open).toEqual({
      ...{ missionId: id(9), bodyMission: 'b-9', initiator: 'schedule', started: stamp },
    });
    const brief = ({ waiting, deadLetters, history }: typeof found) =>
      [waiting, deadLetters, history].map(({ count, newest }) => [
        count,
        newest.map(({ missionId, state }) => `${missionId.slice(17)} ${state}`),
      ]);
    expect(brief(found)).toEqual([
      [2, ['3 unconfirmed', '4 awaiting-map']],
      [1, ['2 rejected']],
      [2, ['1 confirmed', '5 confirmed']],
    ]);
    expect(found.history.newest[0]).toMatchObject({ mapId: 'map-1', bodyMission: 'b-1' });
  });

  it('shows why a report is a dead letter, and what to do', () => {
    expect(list().deadLetters.newest[0]).toMatchObject({
      code: 'too-large',
      todo: expect.stringContaining('limits'),
    });
    const strange = value(id(3), { ...entry(id(3), 'rejected')[1], code: 'constructor' });
    const [found] = list([strange]).deadLetters.newest;
    expect(found).toMatchObject({ code: 'constructor', todo: expect.stringContaining('docs') });
  });

  it('is bounded, also with `all`, and shows the newest', () => {
    const kept = [...many(700, 'confirmed')];
    expect(list(kept).history).toMatchObject({ count: 700 });
    expect(list(kept).history.newest).toHaveLength(10);
    const all = list(kept, { all: true }).history.newest;
    expect(all).toHaveLength(500);
    expect(all.at(-1)?.missionId).toBe(id(700));
  });

  it('fits one answer of the local API for a robot at its bounds', () => {
    const states = ['unconfirmed', 'rejected', 'confirmed'] as const;
    const kept = states.flatMap((state) => many(500, state));
    expect(JSON.stringify(list(kept, { all: true })).length).toBeLessThan(1024 * 1024);
  });

  it('counts missions of a later release and does not show them', () => {
    const newer = value(id(8), entry(id(8))[1], 2);
    expect(list([...some, newer, value(id(7), { nonsense: true })])).toMatchObject({
      unread: 2,
      waiting: { count: 2 },
    });
  });

  it('counts missions in quarantine, which are only in the store', () => {
    const quarantined = [value('', row), ...many(3, 'unconfirmed')].map((stored) => ({
      ...stored,
      machine: 'quarantine/missions',
    }));
    expect(list(quarantined)).toMatchObject({ quarantined: 3, waiting: { count: 0 }, open: null });
    expect(missionsText(list(quarantined)).split('\n').at(-1)).toMatch(/^3 in quarantine/);
  });

  it('is empty for a new store', () => {
    expect(list(new MemoryDisk().list())).toEqual({
      ...{ robot: 'R1', epoch: null, open: null, dropped: 0, unread: 0, quarantined: 0 },
      ...{ waiting: { count: 0, newest: [] }, history: { count: 0, newest: [] } },
      deadLetters: { count: 0, newest: [] },
    });
  });
});

describe('the list of missions as text', () => {
  it('fits 80 columns', () => {
    expect(missionsText(list()).split('\n')).toEqual([
      `R1: mission ${id(9)} is open since 2023-11-14 22:13Z, started by`,
      'schedule',
      '',
      'waiting for the cloud: 2',
      `  ${id(3)} ~2023-11-14 22:13Z completed     91 min    1 m2`,
      `  ${id(4)} clock not set      completed      1 min    1 m2 map?`,
      '',
      'dead letters, never sent again: 1',
      `  ${id(2)} 2023-11-14 22:13Z  completed      1 min    1 m2`,
      '    too-large: It is larger than the cloud accepts. Compare the limits of cloud',
      '    and robot.',
      '',
      'confirmed by the cloud: 2',
      `  ${id(1)} 2023-11-14 22:13Z  completed      1 min    1 m2 map`,
      `  ${id(5)} 2023-11-14 22:13Z  completed      1 min    1 m2`,
      '',
      '2 dropped because the outbox was full, before the cloud had confirmed them',
    ]);
  });

  it('fits 80 columns, whatever it holds', () => {
    const missionId = `${epoch}-999999999999999`;
    const code = `\u001b[2J${'x'.repeat(200)}`;
    const invalid = value(missionId, { ...entry(missionId, 'rejected')[1], code });
    const text = missionsText(list([invalid, value(id(3), {}, 2)]));
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(text).not.toContain('\u001b');
    expect(text).toContain('1 of another release');
    const updated = { ...stamp, quality: 'floor' } as const;
    const [key, late] = entry(id(1_234_567), 'awaiting-map', { updated });
    const row =
      missionsText(list([value(key, late)]))
        .split('\n')
        .at(-1) ?? '';
    expect(row).toMatch(/^ {2}\S+ ~2023-11-14 22:13Z completed .* map\?$/);
    expect(row.length).toBeLessThanOrEqual(80);
  });

  it('is one line when there are none, and counts those that are not shown', () => {
    expect(missionsText(list([]))).toBe('R1: no mission is open');
    const text = missionsText(list(many(12, 'confirmed')));
    expect(text).toContain('confirmed by the cloud: 12, the newest 10\n');
  });
});
