import { createTime } from '../../agent/io/clock.ts';
import { systemClock } from '../../base/clock.ts';
import { BoardClock, VirtualClock } from '../simulation/world/clock.ts';
import { startMs } from '../simulation/world/world.ts';
import { until } from '../support/cloud-until.ts';
import { timeContract } from './time.suite.ts';

timeContract("the machine's own", async () => ({ time: createTime(systemClock), until }));

timeContract("the simulated world's", async () => {
  const clock = new VirtualClock();
  return {
    time: createTime(new BoardClock(clock, startMs)),
    async until(isSo) {
      while (!isSo()) await clock.runUntil(clock.nowMs + 1);
    },
  };
});
