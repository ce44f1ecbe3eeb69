import { describe, expect, it } from 'vitest';
import { createLineSink } from '../../../base/line-sink.ts';

/** A device that accepts `room` bytes and then throws `code`; a reader makes new room. */
function device(backlogBytesMax = 100) {
  const timers: (() => void)[] = [];
  const state = { room: Number.POSITIVE_INFINITY, code: 'EAGAIN', text: '' };
  const sink = createLineSink({
    writeSome(bytes) {
      if (state.room === 0) throw Object.assign(new Error('no'), { code: state.code });
      const taken = bytes.subarray(0, state.room);
      state.room -= taken.length;
      state.text += Buffer.from(taken).toString();
      return taken.length;
    },
    after: (_ms, action) => void timers.push(action),
    lossLine: (lines, code) => `(${lines} lost: ${code})\n`,
    backlogBytesMax,
  });
  const give = (room: number, code = 'EAGAIN') => Object.assign(state, { room, code });
  const runTimers = () => {
    for (const action of timers.splice(0)) action();
  };
  return { sink, state, give, runTimers, timers };
}

describe('a line sink', () => {
  it('writes each line at once while the device accepts it', () => {
    const { sink, state, timers } = device();
    sink.write('one\n');
    expect(state.text).toBe('one\n');
    sink.write('two\n');
    expect([state.text, timers.length]).toEqual(['one\ntwo\n', 0]);
  });

  it.each(['ENOSPC', 'EPIPE', 'EBADF', 'EIO', 'EFBIG', 'EDQUOT'])(
    'loses lines on %s, and reports their number with the next line that is written',
    (code) => {
      const { sink, state, give, timers } = device();
      give(0, code);
      for (let n = 0; n < 3; n++) sink.write('lost\n');
      give(Number.POSITIVE_INFINITY);
      sink.write('here\n');
      expect(state.text).toBe(`(3 lost: ${code})\nhere\n`);
      expect(timers).toHaveLength(0);
    },
  );

  it('counts the lines of a loss report that is itself lost', () => {
    const { sink, state, give } = device();
    give(0, 'ENOSPC');
    sink.write('lost\n');
    sink.write('lost\n');
    give(4, 'ENOSPC');
    sink.write('lost\n');
    give(Number.POSITIVE_INFINITY);
    sink.write('here\n');
    expect(state.text).toBe('(2 l\n(3 lost: ENOSPC)\nhere\n');
  });

  it('starts a new line after an incomplete one', () => {
    const { sink, state, give } = device();
    give(2, 'ENOSPC');
    sink.write('torn\n');
    give(Number.POSITIVE_INFINITY);
    sink.write('whole\n');
    expect(state.text).toBe('to\n(1 lost: ENOSPC)\nwhole\n');
  });

  it('keeps lines in order for a slow reader, and loses none', () => {
    const { sink, state, give, runTimers, timers } = device();
    give(6);
    for (const line of ['one\n', 'two\n', 'three\n']) sink.write(line);
    expect(state.text).toBe('one\ntw');
    expect(timers).toHaveLength(1);
    give(Number.POSITIVE_INFINITY);
    runTimers();
    expect(state.text).toBe('one\ntwo\nthree\n');
  });

  it('buffers a bounded number of bytes for a stalled reader, and reports the loss once when it reads', () => {
    const { sink, state, give, runTimers, timers } = device(100);
    give(0);
    for (let n = 0; n < 1000; n++) sink.write(`line ${n % 10}\n`);
    expect(timers).toHaveLength(1);
    runTimers();
    expect([state.text, timers.length]).toEqual(['', 1]);
    give(Number.POSITIVE_INFINITY);
    runTimers();
    const lines = state.text.trimEnd().split('\n');
    expect(lines).toHaveLength(15);
    expect(lines.at(-1)).toBe('(986 lost: EAGAIN)');
    sink.write('after\n');
    expect(state.text.endsWith('\nafter\n')).toBe(true);
  });

  it('returns whether everything is written', () => {
    const { sink, give } = device();
    give(0);
    sink.write('one\n');
    expect(sink.flush()).toBe(false);
    give(4);
    expect(sink.flush()).toBe(true);
  });
});
