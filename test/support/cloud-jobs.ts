import { awsOf } from './cloud-aws.ts';
import { createCloudWorld, readAll } from './cloud-world.ts';

export const arn = (resource: string) => `arn:aws:iot:us-east-1:000000000000:${resource}`;
export const groupArn = (name: string) => arn(`thinggroup/${name}`);
export const minuteMs = 60_000;

/** T1 and T2 are in G1, T2 and T3 in G2; T4 and T5 are in no group. */
export function jobsWorld() {
  const world = createCloudWorld();
  const aws = awsOf(world);
  for (const thing of ['T1', 'T2', 'T3', 'T4', 'T5']) aws('POST', `/things/${thing}`);
  for (const group of ['G1', 'G2', 'G3']) aws('POST', `/thing-groups/${group}`);
  const change = (verb: string) => (thingGroupName: string, thingName: string) =>
    aws('PUT', `/thing-groups/${verb}`, { thingGroupName, thingName });
  const add = change('addThingToThingGroup');
  for (const thing of ['T1', 'T2']) add('G1', thing);
  for (const thing of ['T2', 'T3']) add('G2', thing);
  const create = (targets: string[], more: object = {}) =>
    aws('PUT', '/jobs/j1', { targets, document: '{"a":1}', ...more });
  return {
    ...{ world, aws, add, create },
    remove: change('removeThingFromThingGroup'),
    continuous: (targets: string[], more: object = {}) =>
      create(targets, { targetSelection: 'CONTINUOUS', ...more }),
    job: () => aws('GET', '/jobs/j1').body.job,
    /** The execution of each thing, as `STATUS`, or `STATUS #2` for its second one. */
    executions: () =>
      Object.fromEntries(
        aws('GET', '/jobs/j1/things').body.executionSummaries.map(
          (one: {
            thingArn: string;
            jobExecutionSummary: { status: string; executionNumber: number };
          }) => {
            const { status, executionNumber } = one.jobExecutionSummary;
            const number = executionNumber === 1 ? '' : ` #${executionNumber}`;
            return [one.thingArn.split('/')[1], status + number];
          },
        ),
      ),
    report: (thing: string, status: string) =>
      world.send(`$aws/things/${thing}/jobs/j1/update`, { status }, thing),
    pass(ms: number) {
      world.nowMs += ms;
      return readAll(world.cloud.tick(world.nowMs));
    },
  };
}
