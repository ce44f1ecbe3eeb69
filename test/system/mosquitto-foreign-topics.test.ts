import { foreignTopicsSuite } from '../contract/foreign-topics.suite.ts';
import { mintRobot } from '../support/cloud-pki.ts';
import { startMosquittoCloud } from '../support/mosquitto-cloud.ts';

foreignTopicsSuite('Mosquitto', async () => {
  const world = await startMosquittoCloud();
  return {
    mint: (name) => mintRobot(world.ca, name),
    connect: world.connect,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
});
