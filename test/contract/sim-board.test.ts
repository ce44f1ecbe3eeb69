import { makeModelBoard, makeSocketBoard } from '../support/board-under-test.ts';
import { bootControlContract } from './boot-control.suite.ts';
import { installerContract } from './installer.suite.ts';
import { robotBodyContract } from './robot-body.suite.ts';

for (const [name, makeBoard] of [
  ['simulated board in-process', makeModelBoard],
  ['simulated board over its socket', makeSocketBoard],
] as const) {
  robotBodyContract(name, makeBoard);
  bootControlContract(name, makeBoard);
  installerContract(name, makeBoard);
}
