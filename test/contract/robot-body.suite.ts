import { describe, expect, it } from 'vitest';
import { eventually, type MakeBoard } from '../support/board-under-test.ts';

const signal = new AbortController().signal;

/** What any robot's body must do to be used by the agent. The robot stands on its dock, charged, and may drive. */
export function robotBodyContract(name: string, makeBoard: MakeBoard): void {
  describe(`robot body contract: ${name}`, () => {
    it.each(['cloud', 'local', 'schedule'] as const)(
      'records that a mission was started by %s',
      async (initiator) => {
        await using board = await makeBoard();
        await board.body.command({ verb: 'start', tag: 'go', initiator }, signal);
        const { mission } = await board.body.snapshot(signal);
        expect(mission).toMatchObject({ tag: 'go', initiator });
      },
    );

    it('returns the current state', async () => {
      await using board = await makeBoard();
      const seen = await board.body.snapshot(signal);
      expect(seen).toMatchObject({ phase: 'charge', mission: null, ended: [], commands: [] });
      expect(seen.batteryPct).toBeGreaterThan(50);
      expect(seen.lastEvent).toBe(0);
      expect(seen.clock.speed).toBeGreaterThan(0);
      expect(await board.body.events(0, signal)).toEqual([]);
    });

    it('drives a mission to its end, with ordered events and consistent statistics', async () => {
      await using board = await makeBoard();
      const { body } = board;
      expect(await body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal)).toEqual({
        verb: 'start',
        tag: 'go',
        result: 'done',
      });
      const { mission } = await body.snapshot(signal);
      expect(mission).toMatchObject({ tag: 'go', initiator: 'cloud', hasMap: false });
      expect(mission?.id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);

      const over = await eventually(
        board,
        () => body.snapshot(signal),
        (seen) => !seen.mission,
      );
      expect(over.ended).toHaveLength(1);
      const ended = over.ended[0];
      expect(ended).toMatchObject({
        id: mission?.id,
        tag: 'go',
        outcome: 'completed',
        hasMap: true,
      });
      expect(ended?.cleanedM2).toBeGreaterThan(0);
      expect(ended?.cleanedM2).toBeLessThanOrEqual(ended?.reachableM2 ?? 0);
      expect(ended?.endedMs).toBeGreaterThanOrEqual(ended?.startedMs ?? 0);

      const events = await body.events(0, signal);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
      expect(
        events.map(({ type }) => type).filter((t) => t === 'started' || t === 'ended'),
      ).toEqual(['started', 'ended']);
      expect(events.filter(({ type }) => type === 'stuck')).toHaveLength(ended?.stuckCount ?? -1);
      expect(events.filter(({ type }) => type === 'recharge')).toHaveLength(
        ended?.rechargeCount ?? -1,
      );
      const last = events.at(-1);
      const wholeS = (ended?.runS ?? 0) + (ended?.pauseS ?? 0) + (ended?.chargeS ?? 0);
      expect(last?.atS).toBeCloseTo(wholeS, 0);
      expect(last?.seq).toBe(over.lastEvent);
    });

    it('returns to its dock and charges after a mission', async () => {
      await using board = await makeBoard();
      const { body } = board;
      await body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
      await eventually(
        board,
        () => body.snapshot(signal),
        ({ batteryPct }) => batteryPct < 90,
      );
      await body.command({ verb: 'dock', tag: 'home', initiator: 'cloud' }, signal);
      const seen = await body.snapshot(signal);
      expect(seen.ended[0]).toMatchObject({ outcome: 'stopped' });
      await eventually(
        board,
        () => body.snapshot(signal),
        ({ phase }) => phase === 'charge',
      );
      await eventually(
        board,
        () => body.snapshot(signal),
        ({ batteryPct }) => batteryPct > 95,
      );
    });

    it('reads events again from a cursor', async () => {
      await using board = await makeBoard();
      const { body } = board;
      await body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
      await body.command({ verb: 'pause', tag: 'wait', initiator: 'cloud' }, signal);
      await body.command({ verb: 'resume', tag: 'on', initiator: 'cloud' }, signal);
      const all = await body.events(0, signal);
      expect(all.slice(0, 3).map(({ type }) => type)).toEqual(['started', 'paused', 'resumed']);
      expect((await body.events(1, signal)).slice(0, 2)).toEqual(all.slice(1, 3));
      expect(await body.events(1_000_000, signal)).toEqual([]);
    });

    it('runs a command once per tag, and repeats its first answer', async () => {
      await using board = await makeBoard();
      const { body } = board;
      const first = await body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
      await body.command({ verb: 'stop', tag: 'halt', initiator: 'cloud' }, signal);
      expect(await body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal)).toEqual(
        first,
      );
      const seen = await body.snapshot(signal);
      expect(seen.mission).toBeNull();
      expect(seen.commands.map(({ tag }) => tag)).toEqual(['go', 'halt']);
      expect(seen.ended).toHaveLength(1);
    });

    it('gives a code when it rejects a command', async () => {
      await using board = await makeBoard();
      const { body } = board;
      const none = await body.command({ verb: 'pause', tag: '1', initiator: 'cloud' }, signal);
      expect(none).toEqual({ verb: 'pause', tag: '1', result: 'refused', reason: 'no-mission' });
      await body.command({ verb: 'start', tag: '2', initiator: 'cloud' }, signal);
      const busy = await body.command({ verb: 'start', tag: '3', initiator: 'cloud' }, signal);
      expect(busy).toMatchObject({ result: 'refused', reason: 'busy' });
      expect(await body.command({ verb: 'start', tag: '3', initiator: 'cloud' }, signal)).toEqual(
        busy,
      );
      const found = await body.command({ verb: 'locate', tag: '4', initiator: 'cloud' }, signal);
      expect(found).toMatchObject({ result: 'done' });
    });

    it('does not start an expired command, and repeats that answer for its tag', async () => {
      await using board = await makeBoard();
      const { body } = board;
      const start = { verb: 'start', tag: 'late', initiator: 'cloud' } as const;
      const record = { verb: 'start', tag: 'late', result: 'refused', reason: 'expired' };
      expect(await body.command({ ...start, validUntilMonoMs: 0 }, signal)).toEqual(record);
      expect(await body.command(start, signal)).toEqual(record);
      const seen = await body.snapshot(signal);
      expect([seen.mission, seen.commands]).toEqual([null, [record]]);
      const inTime = { ...start, tag: 'now', validUntilMonoMs: Number.MAX_SAFE_INTEGER };
      expect(await body.command(inTime, signal)).toMatchObject({ result: 'done' });
    });

    it('rejects invalid requests', async () => {
      await using board = await makeBoard();
      const { body } = board;
      await expect(
        body.command({ verb: 'start', tag: '', initiator: 'cloud' }, signal),
      ).rejects.toMatchObject({
        code: 'refused',
      });
      const long = 'x'.repeat(65);
      await expect(
        body.command({ verb: 'start', tag: long, initiator: 'cloud' }, signal),
      ).rejects.toMatchObject({
        code: 'refused',
      });
      await expect(body.map('no-such-mission', signal)).rejects.toMatchObject({ code: 'gone' });
      await expect(body.events(-1, signal)).rejects.toMatchObject({ code: 'refused' });
    });

    it('does not move while it is paused', async () => {
      await using board = await makeBoard();
      const { body } = board;
      await body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
      await eventually(
        board,
        () => body.snapshot(signal),
        ({ mission }) => (mission?.runS ?? 0) > 1,
      );
      await body.command({ verb: 'pause', tag: 'wait', initiator: 'cloud' }, signal);
      const before = await body.snapshot(signal);
      const after = await eventually(
        board,
        () => body.snapshot(signal),
        ({ mission }) => (mission?.pauseS ?? 0) > 5,
      );
      expect(after.phase).toBe('pause');
      expect(after.pose).toEqual(before.pose);
      expect(after.mission?.runS).toBe(before.mission?.runS);
    });

    it('applies settings, and names those that it does not support', async () => {
      await using board = await makeBoard();
      const { body } = board;
      const { refused } = await body.configure(
        { name: 'Rosie', passes: 3, warpDrive: true, constructor: 1 },
        signal,
      );
      expect(refused).toEqual({
        passes: 'bad-value',
        warpDrive: 'unknown-setting',
        constructor: 'unknown-setting',
      });
      const { settings } = await body.snapshot(signal);
      expect(settings).toMatchObject({ name: 'Rosie', passes: 1 });
      expect(Object.keys(settings)).not.toContain('warpDrive');
    });

    it('keeps a map that agrees with the statistics of its mission', async () => {
      await using board = await makeBoard();
      const { body } = board;
      await body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
      const { ended } = await eventually(
        board,
        () => body.snapshot(signal),
        (seen) => !seen.mission,
      );
      const map = await body.map(ended[0]?.id ?? '', signal);
      expect(map.cells).toHaveLength(map.width * map.height);
      expect(Math.max(...new Set(map.cells))).toBeLessThanOrEqual(4);
      const cleaned = map.cells.filter((cell) => cell === 3 || cell === 4).length;
      const areaM2 = cleaned * map.resolution * map.resolution;
      expect(areaM2).toBeCloseTo(ended[0]?.cleanedM2 ?? 0, 0);
    });

    it('calls its listeners after a change, until they unsubscribe', async () => {
      await using board = await makeBoard();
      const { body } = board;
      let calls = 0;
      const leave = body.onChanged(() => calls++);
      await body.command({ verb: 'start', tag: 'go', initiator: 'cloud' }, signal);
      await eventually(
        board,
        async () => calls,
        (n) => n > 0,
      );
      leave();
      await board.pass();
      const before = calls;
      await body.command({ verb: 'pause', tag: 'wait', initiator: 'cloud' }, signal);
      await body.command({ verb: 'resume', tag: 'on', initiator: 'cloud' }, signal);
      await board.pass();
      expect(calls).toBe(before);
    });

    it('rejects a call when its signal is aborted', async () => {
      await using board = await makeBoard();
      const reason = new Error('enough');
      await expect(board.body.snapshot(AbortSignal.abort(reason))).rejects.toBe(reason);
    });
  });
}
