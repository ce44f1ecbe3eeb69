import { expect, it } from 'vitest';
import { foreignTopicsSuite } from '../contract/foreign-topics.suite.ts';
import { mintRobot } from '../support/cloud-pki.ts';
import { startMosquittoCloud } from '../support/mosquitto-cloud.ts';

for (const [name, reserved] of [
  ['Mosquitto', false],
  ['Mosquitto with reserved topics', true],
] as const) {
  foreignTopicsSuite(name, async () => {
    const world = await startMosquittoCloud({ reserved });
    return {
      mint: (robot) => mintRobot(world.ca, robot),
      connect: world.connect,
      [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
    };
  });
}

it.each([
  [true, ['$aws/things/R1/jobs/$next/get/accepted', '$aws/things/R1/shadow/get/rejected']],
  [false, []],
])('Mosquitto carries shadow and jobs when its rules allow it: %j', async (reserved, answers) => {
  await using world = await startMosquittoCloud({ reserved });
  await using robot = await world.connect(await mintRobot(world.ca, 'R1'));
  await robot.subscribe('robots/R1/down/#', '$aws/things/R1/shadow/get/+');
  await robot.subscribe('$aws/things/R1/jobs/+/get/accepted');
  robot.publish('$aws/things/R1/shadow/get', {});
  robot.publish('$aws/things/R1/jobs/$next/get', {});
  robot.publish('robots/R1/up/time', { v: 1, token: 'a'.repeat(16) });
  await robot.next('robots/R1/down/time');
  const received = robot.messages.map(([topic]) => topic).filter((topic) => topic.startsWith('$'));
  expect(received.toSorted()).toEqual(answers);
});
