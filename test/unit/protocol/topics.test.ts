import { describe, expect, it } from 'vitest';
import {
  downChannels,
  downTopic,
  filtersOf,
  isRobotId,
  topicOf,
  upChannels,
  upTopic,
} from '../../../protocol/topics.ts';

const robot = 'AB:12_x-9';

describe('robot ids', () => {
  it.each(['r', 'AB:12_x-9', 'x'.repeat(64)])('may be %s', (id) => {
    expect(isRobotId(id)).toBe(true);
  });

  it.each(['', 'x'.repeat(65), 'a b', 'a/b', 'a+', '#', '$aws', 'ä', 'a\n', '../a'])(
    'may not be %j',
    (id) => {
      expect(isRobotId(id)).toBe(false);
    },
  );
});

describe('our own topics', () => {
  // Literal, because they are a promise to every robot in the field.
  it('are written as the protocol says', () => {
    expect(upChannels.map((channel) => upTopic(robot, channel))).toEqual([
      'robots/AB:12_x-9/up/missions/report',
      'robots/AB:12_x-9/up/maps/upload',
      'robots/AB:12_x-9/up/commands/outcome',
      'robots/AB:12_x-9/up/time',
    ]);
    expect(downChannels.map((channel) => downTopic(robot, channel))).toEqual([
      'robots/AB:12_x-9/down/missions/report/accepted',
      'robots/AB:12_x-9/down/missions/report/rejected',
      'robots/AB:12_x-9/down/missions/request',
      'robots/AB:12_x-9/down/maps/upload/accepted',
      'robots/AB:12_x-9/down/maps/upload/rejected',
      'robots/AB:12_x-9/down/commands',
      'robots/AB:12_x-9/down/time',
    ]);
    expect(filtersOf('down', ['own'], robot)).toEqual(['robots/AB:12_x-9/down/#']);
  });

  it('stay within the limits of AWS IoT Core: 256 bytes and seven slashes, Basic Ingest not counted', () => {
    const longest = 'x'.repeat(64);
    const topics = [
      ...upChannels.map((channel) => upTopic(longest, channel)),
      ...downChannels.map((channel) => downTopic(longest, channel)),
    ];
    for (const topic of topics) {
      expect(topic.length).toBeLessThanOrEqual(256);
      expect(topic.split('/').length - 1).toBeLessThanOrEqual(7);
    }
  });
});

describe("AWS's topics", () => {
  it('are written for one thing, job and template', () => {
    expect(topicOf('$aws/things/{robot}/shadow/get', { robot })).toBe(
      '$aws/things/AB:12_x-9/shadow/get',
    );
    expect(topicOf('$aws/things/{robot}/jobs/{job}/get', { robot, job: '$next' })).toBe(
      '$aws/things/AB:12_x-9/jobs/$next/get',
    );
    const register = '$aws/provisioning-templates/{template}/provision/json';
    expect(topicOf(register, { template: 'T' })).toBe(
      '$aws/provisioning-templates/T/provision/json',
    );
  });

  it('are subscribed to by the cloud only where robots send requests', () => {
    expect(filtersOf('up', ['own', 'shadow', 'jobs'], '+')).toEqual([
      'robots/+/up/#',
      '$aws/things/+/shadow/get',
      '$aws/things/+/shadow/update',
      '$aws/things/+/shadow/delete',
      '$aws/things/+/shadow/name/+/get',
      '$aws/things/+/shadow/name/+/update',
      '$aws/things/+/shadow/name/+/delete',
      '$aws/things/+/jobs/get',
      '$aws/things/+/jobs/start-next',
      '$aws/things/+/jobs/+/get',
      '$aws/things/+/jobs/+/update',
    ]);
  });
});
