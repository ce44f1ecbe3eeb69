import { foreignTopicsSuite } from '../contract/foreign-topics.suite.ts';
import { connectRobot } from '../support/cloud-client.ts';
import { startTestStub } from '../support/cloud-stub.ts';

foreignTopicsSuite("the stub's own broker", async () => {
  const world = await startTestStub();
  return {
    async mint(name) {
      const { identity, robot } = await world.enter(name);
      await robot[Symbol.asyncDispose]();
      return identity;
    },
    connect: (identity, options) => connectRobot(world.stub.ready, identity, options),
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
});
