import { makeModelClockBoard, makeSocketClockBoard } from '../support/board-clocks.ts';
import { makeModelBoard, makeSocketBoard } from '../support/board-under-test.ts';
import { bootControlContract } from './boot-control.suite.ts';
import { installerContract } from './installer.suite.ts';
import { robotBodyContract } from './robot-body.suite.ts';
import { clockContract, noClockContract } from './system.suite.ts';

for (const [name, makeBoard] of [
  ['simulated board in-process', makeModelBoard],
  ['simulated board over its socket', makeSocketBoard],
] as const) {
  robotBodyContract(name, makeBoard);
  bootControlContract(name, makeBoard);
  installerContract(name, makeBoard);
}

noClockContract('simulated board in-process', makeModelBoard);
noClockContract('simulated board over its socket', makeSocketBoard);
clockContract('simulated board in-process', makeModelClockBoard);
clockContract('simulated board over its socket', makeSocketClockBoard);
