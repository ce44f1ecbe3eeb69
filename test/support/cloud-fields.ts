import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { routes } from '../../cloud-stub/http/control.ts';
import { awsOf } from './cloud-aws.ts';
import { createCloudWorld, readAll, startMs } from './cloud-world.ts';

/** For each field that an operation of AWS serves: a test that sends it, and sees its effect or its error. */
export type Effects = Readonly<Record<string, (world: FieldsWorld) => void | Promise<void>>>;
export type FieldsWorld = ReturnType<typeof fieldsWorld>;

/** The fields of all routes, as `Operation field`; of two operations with one name, the device's has `(device)`. */
export const servedFields = (): string[] =>
  routes.flatMap(({ operation, service, query = [], headers = [], body = [] }) => {
    const name = service === 'iot-jobs-data' ? `${operation} (device)` : operation;
    const fields = [...query, ...headers, ...(body === 'raw' ? ['the document'] : body)];
    return operation === undefined ? [] : fields.map((field) => `${name} ${field}`);
  });

/** That of the robots, and the renewal CA. */
const authority = (certificateId: string, isRenewal: boolean) => ({
  ...{ certificateId, pem: certificateId, isRenewal },
  ...{ notBeforeMs: startMs - 1000, notAfterMs: Number.MAX_SAFE_INTEGER },
});

export const principalOf = (certificateId: string) =>
  `arn:aws:iot:us-east-1:000000000000:cert/${certificateId}`;
/** Of a robot that `enter` has made. */
export const certificateOf = (name: string) => createHash('sha256').update(name).digest('hex');

/** T1 and T2 are connected robots in the group G1; T1 is in G2, too. T3 is a thing without a robot. */
export function fieldsWorld() {
  const world = createCloudWorld({
    authorities: [authority('ca', false), authority('renewal', true)],
  });
  const mqtt = { host: 'stub.example', port: 8883 };
  const aws = awsOf(world, { hasConnections: true, mqtt });
  for (const robot of ['T1', 'T2']) world.enter(robot);
  aws('POST', '/things/T3');
  for (const group of ['G1', 'G2']) aws('POST', `/thing-groups/${group}`);
  for (const [thingName, thingGroupName] of [
    ['T1', 'G1'],
    ['T2', 'G1'],
    ['T1', 'G2'],
  ]) {
    aws('PUT', '/thing-groups/addThingToThingGroup', { thingName, thingGroupName });
  }
  const get = (path: string, service = 'iot') => aws('GET', path, undefined, { service }).body;
  return {
    ...{ world, aws, get },
    /** Makes a job for T1, or for other targets. */
    job: (id: string, more: object = {}) =>
      aws('PUT', `/jobs/${id}`, { targets: ['T1'], document: '{"a":1}', ...more }),
    describeJob: (id: string) => get(`/jobs/${id}`).job,
    execution: (id: string, thing = 'T1') => get(`/things/${thing}/jobs/${id}`)?.execution,
    update: (id: string, body: object, thing = 'T1') =>
      aws('POST', `/things/${thing}/jobs/${id}`, body, { service: 'iot-jobs-data' }),
    pass(ms: number) {
      world.nowMs += ms;
      return readAll(world.cloud.tick(world.nowMs));
    },
  };
}

interface Page {
  readonly size?: string;
  readonly token?: string;
  readonly next?: string;
  readonly service?: string;
  /** Makes the list long enough. */
  readonly before?: (world: FieldsWorld) => void;
  /** It has one item at most: then the second page is empty. */
  readonly isSingle?: boolean;
}

/** A list of at least two items, or of one: a page has as many as requested, and its token leads to the rest. */
export function paged(operation: string, path: string, list: string, options: Page = {}): Effects {
  const { size = 'maxResults', token = 'nextToken', next = token } = options;
  const { service, before = () => {}, isSingle = false } = options;
  const read = ({ get }: FieldsWorld, query: string) =>
    get(`${path}${path.includes('?') ? '&' : '?'}${query}`, service);
  return {
    [`${operation} ${size}`]: (world) => {
      before(world);
      const page = read(world, `${size}=1`);
      expect([page[list].length, typeof page[next]]).toEqual([
        1,
        isSingle ? 'undefined' : 'string',
      ]);
      expect(world.aws('GET', `${path}?${size}=0`).fault).toBe('InvalidRequest');
    },
    [`${operation} ${token}`]: (world) => {
      before(world);
      const all = read(world, `${size}=250`)[list];
      expect(all.length).toBeGreaterThanOrEqual(isSingle ? 1 : 2);
      const from = isSingle ? '1' : read(world, `${size}=1`)[next];
      expect(read(world, `${token}=${from}`)[list]).toEqual(all.slice(1));
    },
  };
}
