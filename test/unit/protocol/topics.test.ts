import { describe, expect, it } from 'vitest';
import {
  downChannels,
  downFilter,
  downTopic,
  isRobotId,
  jobsTopics,
  parseTopic,
  shadowTopics,
  upChannels,
  upTopic,
} from '../../../protocol/topics.ts';

const robot = 'AB:12_x-9';

describe('robot ids', () => {
  it.each(['r', 'AB:12_x-9', 'x'.repeat(64)])('takes %s', (id) => {
    expect(isRobotId(id)).toBe(true);
  });

  it.each(['', 'x'.repeat(65), 'a b', 'a/b', 'a+', '#', '$aws', 'ä', 'a\n', '../a'])(
    'refuses %j',
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
      'robots/AB:12_x-9/down/missions/wanted',
      'robots/AB:12_x-9/down/maps/upload/accepted',
      'robots/AB:12_x-9/down/maps/upload/rejected',
      'robots/AB:12_x-9/down/commands',
      'robots/AB:12_x-9/down/time',
    ]);
    expect(downFilter(robot)).toBe('robots/AB:12_x-9/down/#');
  });

  it('are read back as they were written', () => {
    for (const channel of upChannels) {
      expect(parseTopic(upTopic(robot, channel))).toEqual({ kind: 'up', robot, channel });
    }
    for (const channel of downChannels) {
      expect(parseTopic(downTopic(robot, channel))).toEqual({ kind: 'down', robot, channel });
    }
  });

  it('may come through Basic Ingest', () => {
    const topic = `$aws/rules/reports_v1/${upTopic(robot, 'missions/report')}`;
    expect(topic).toBe('$aws/rules/reports_v1/robots/AB:12_x-9/up/missions/report');
    expect(parseTopic(topic)).toEqual({ kind: 'up', robot, channel: 'missions/report' });
  });

  it('stay within what AWS IoT Core takes: 256 bytes and seven slashes, Basic Ingest not counted', () => {
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

describe("AWS's reserved topics", () => {
  // From the developer guide, "Reserved topics", with T for the thing.
  it('are written as AWS says', () => {
    expect(shadowTopics('T')).toEqual({
      get: '$aws/things/T/shadow/get',
      getAccepted: '$aws/things/T/shadow/get/accepted',
      getRejected: '$aws/things/T/shadow/get/rejected',
      update: '$aws/things/T/shadow/update',
      updateAccepted: '$aws/things/T/shadow/update/accepted',
      updateRejected: '$aws/things/T/shadow/update/rejected',
      updateDelta: '$aws/things/T/shadow/update/delta',
      updateDocuments: '$aws/things/T/shadow/update/documents',
    });
    const { job, ...jobs } = jobsTopics('T');
    expect(jobs).toEqual({
      notify: '$aws/things/T/jobs/notify',
      notifyNext: '$aws/things/T/jobs/notify-next',
      startNext: '$aws/things/T/jobs/start-next',
      startNextAccepted: '$aws/things/T/jobs/start-next/accepted',
      startNextRejected: '$aws/things/T/jobs/start-next/rejected',
      get: '$aws/things/T/jobs/get',
    });
    expect(job('J')).toEqual({
      get: '$aws/things/T/jobs/J/get',
      update: '$aws/things/T/jobs/J/update',
    });
  });

  it.each([
    ['shadow/get', { kind: 'shadow', verb: 'get' }],
    ['shadow/get/accepted', { kind: 'shadow', verb: 'get', answer: 'accepted' }],
    ['shadow/update/delta', { kind: 'shadow', verb: 'update', answer: 'delta' }],
    ['shadow/update/documents', { kind: 'shadow', verb: 'update', answer: 'documents' }],
    ['shadow/delete/rejected', { kind: 'shadow', verb: 'delete', answer: 'rejected' }],
    ['jobs/get', { kind: 'jobs', verb: 'get' }],
    ['jobs/get/accepted', { kind: 'jobs', verb: 'get', answer: 'accepted' }],
    ['jobs/notify', { kind: 'jobs', verb: 'notify' }],
    ['jobs/notify-next', { kind: 'jobs', verb: 'notify-next' }],
    ['jobs/start-next', { kind: 'jobs', verb: 'start-next' }],
    ['jobs/start-next/rejected', { kind: 'jobs', verb: 'start-next', answer: 'rejected' }],
    ['jobs/fw_2-0/update', { kind: 'jobs', verb: 'update', jobId: 'fw_2-0' }],
    ['jobs/$next/get/accepted', { kind: 'jobs', verb: 'get', jobId: '$next', answer: 'accepted' }],
    // A job may bear the name of a verb.
    ['jobs/get/get', { kind: 'jobs', verb: 'get', jobId: 'get' }],
    ['jobs/accepted/update', { kind: 'jobs', verb: 'update', jobId: 'accepted' }],
  ])('%s is read', (rest, expected) => {
    expect(parseTopic(`$aws/things/${robot}/${rest}`)).toEqual({ robot, ...expected });
  });
});

describe('foreign topics', () => {
  it.each([
    '',
    '/',
    'robots',
    `robots/${robot}`,
    `robots/${robot}/up`,
    `robots/${robot}/up/`,
    `robots/${robot}/up/missions`,
    `robots/${robot}/up/missions/report/`,
    `robots/${robot}/up/missions/report/accepted`,
    `robots/${robot}/down/missions/report`,
    `robots/${robot}/sideways/missions/report`,
    `robots/a b/up/missions/report`,
    `robots//up/missions/report`,
    `/robots/${robot}/up/missions/report`,
    `things/${robot}/shadow/get`,
    `$aws/things/${robot}/shadow`,
    `$aws/things/${robot}/shadow/get/delta`,
    `$aws/things/${robot}/shadow/update/accepted/more`,
    `$aws/things/${robot}/shadow/name/other/get`,
    `$aws/things/a+b/shadow/get`,
    `$aws/things/${robot}/jobs`,
    `$aws/things/${robot}/jobs/accepted`,
    `$aws/things/${robot}/jobs/update`,
    `$aws/things/${robot}/jobs/a b/get`,
    `$aws/things/${robot}/jobs/J/delete`,
    `$aws/things/${robot}/jobs/J/get/accepted/more`,
    `$aws/things/${robot}/tunnels/notify`,
    // Basic Ingest carries our topics only, one rule deep, under a name that a rule can have.
    `$aws/rules/r/$aws/things/${robot}/shadow/get`,
    `$aws/rules/r/$aws/rules/r/robots/${robot}/up/missions/report`,
    `$aws/rules/a-b/robots/${robot}/up/missions/report`,
    `$aws/events/presence/connected/${robot}`,
  ])('%j is not one of the protocol', (topic) => {
    expect(parseTopic(topic)).toBeUndefined();
  });
});
