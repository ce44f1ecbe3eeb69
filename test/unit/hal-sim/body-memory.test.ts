import { describe, expect, it } from 'vitest';
import { surveyTerrain } from '../../../hal/sim/floor/terrain.ts';
import {
  history,
  isOver,
  live,
  makeBody,
  room,
  start,
  survivor,
} from '../../support/board-body.ts';
import { drawnGrid, emptyRoom } from '../../support/board-maps.ts';

describe('a power cut', () => {
  it('during a mission ends it once as interrupted, with the stored state', () => {
    const body = start(makeBody());
    body.advance(200);
    body.getStuck(5);
    const stored = survivor(body);
    body.advance(500);
    const after = makeBody({ ...stored, wallMs: () => 5000 });
    const seen = after.snapshot();
    expect(seen).toMatchObject({ phase: 'charge', mission: null });
    expect(seen.ended).toMatchObject([
      {
        id: 'body-1',
        outcome: 'interrupted',
        stuckCount: 1,
        hasMap: false,
        startedMs: 1000,
        endedMs: 5000,
      },
    ]);
    expect(seen.ended[0]?.runS).toBeGreaterThan(190);
    expect(history(after)).toEqual(['started', 'stuck', 'ended']);
    expect(after.version).toBeGreaterThan(0);

    const again = makeBody(survivor(after)).snapshot();
    expect(again.ended).toEqual(seen.ended);
    expect(again.lastEvent).toBe(seen.lastEvent);
  });

  it('between missions changes nothing, and no id is used twice', () => {
    const body = live(start(makeBody({ terrain: room })), isOver);
    const after = makeBody({ terrain: room, ...survivor(body) });
    expect(after.snapshot().ended).toEqual(body.snapshot().ended);
    expect(after.snapshot().commands).toEqual(body.snapshot().commands);
    start(after, 'next');
    expect(after.snapshot().mission?.id).toBe('body-2');
    expect(after.events(0).map(({ seq }) => seq)).toEqual(after.events(0).map((_, i) => i + 1));
  });

  it('does not repeat a command that was answered before it', () => {
    const body = start(makeBody({ terrain: room }));
    body.command({ verb: 'stop', tag: 'halt' });
    const after = makeBody({ terrain: room, ...survivor(body) });
    expect(after.command({ verb: 'start', tag: 'go' })).toMatchObject({ result: 'done' });
    expect(after.snapshot().mission).toBeNull();
  });

  it('that loses a map is reported in the mission', () => {
    const body = live(start(makeBody({ terrain: room })), isOver);
    const { memory } = survivor(body);
    const after = makeBody({ terrain: room, memory, maps: new Map() });
    expect(after.snapshot().ended[0]).toMatchObject({ outcome: 'completed', hasMap: false });
    expect(after.map('body-1')).toBeUndefined();
  });
});

describe("the body's memory is bounded", () => {
  const body = makeBody({ terrain: surveyTerrain({ grid: drawnGrid(emptyRoom(20, 20)) }) });
  for (let n = 1; n <= 20; n++) {
    start(body, `go${n}`);
    body.advance(0.5);
    body.command({ verb: 'stop', tag: `halt${n}` });
  }

  it('to the newest 16 missions, and the maps of the newest 4', () => {
    const { ended } = body.snapshot();
    expect(ended.map(({ id }) => id)).toEqual(
      Array.from({ length: 16 }, (_, i) => `body-${i + 5}`),
    );
    expect(ended.filter(({ hasMap }) => hasMap).map(({ id }) => id)).toEqual([
      'body-17',
      'body-18',
      'body-19',
      'body-20',
    ]);
    expect([...body.maps.keys()]).toEqual(['body-17', 'body-18', 'body-19', 'body-20']);
    expect(body.map('body-16')).toBeUndefined();
    expect(body.map('body-20')?.cells).toBeDefined();
  });

  it('to the newest 1000 events, returned 200 at a time', () => {
    for (let n = 0; n < 600; n++) {
      start(body, `more${n}`);
      body.command({ verb: 'dock', tag: `home${n}` });
    }
    const { lastEvent } = body.snapshot();
    const oldest = body.events(0);
    expect(oldest).toHaveLength(200);
    expect(oldest[0]?.seq).toBe(lastEvent - 999);
    expect(body.events(lastEvent - 2).map(({ seq }) => seq)).toEqual([lastEvent - 1, lastEvent]);
  });
});

describe("the body's version numbers", () => {
  it('increase with durable changes, and the snapshot number with visible ones', () => {
    const body = makeBody();
    const before = { version: body.version, snapshotVersion: body.snapshotVersion };
    body.advance(100);
    expect([body.version, body.snapshotVersion]).toEqual([before.version, before.snapshotVersion]);
    start(body);
    expect(body.version).toBeGreaterThan(before.version);
    const { version, snapshotVersion } = {
      version: body.version,
      snapshotVersion: body.snapshotVersion,
    };
    body.advance(150);
    expect(body.version).toBe(version);
    expect(body.snapshotVersion).not.toBe(snapshotVersion);
  });
});
