import { describe, expect, it } from 'vitest';
import { channels } from '../../../protocol/channels.ts';
import { parseTopic } from '../../../protocol/parse-topic.ts';
import { downChannels, downTopic, upChannels, upTopic } from '../../../protocol/topics.ts';

const robot = 'AB:12_x-9';
const rowOf = (topic: string) => parseTopic(topic)?.channel;

describe('the table of messages', () => {
  // From the developer guide, "Reserved topics" and "Device provisioning MQTT API"; literal, since robots depend on them.
  it('lists the messages of AWS', () => {
    const reserved = Object.keys(channels).filter((pattern) => pattern.startsWith('$aws/'));
    const answers = ['', '/accepted', '/rejected'];
    const shadows = ['shadow', 'shadow/name/{shadow}'];
    const verbs = ['get', 'update', 'delete'];
    const requests = ['jobs/get', 'jobs/start-next', 'jobs/{job}/get', 'jobs/{job}/update']
      .concat(shadows.flatMap((shadow) => verbs.map((verb) => `${shadow}/${verb}`)))
      .map((path) => `$aws/things/{robot}/${path}`)
      .concat('$aws/certificates/create-from-csr/json')
      .concat('$aws/provisioning-templates/{template}/provision/json');
    const notifications = ['jobs/notify', 'jobs/notify-next']
      .concat(shadows.flatMap((shadow) => [`${shadow}/update/delta`, `${shadow}/update/documents`]))
      .map((path) => `$aws/things/{robot}/${path}`);
    const expected = requests.flatMap((topic) => answers.map((answer) => `${topic}${answer}`));
    expect(reserved.toSorted()).toEqual([...expected, ...notifications].toSorted());
  });

  it('has a schema for each message that becomes an event of the agent', () => {
    const without = Object.values(channels).filter(
      ({ direction, event, schema }) => direction === 'down' && event !== null && schema === null,
    );
    expect(without).toEqual([]);
  });

  it('finds the row of a topic of each of its rows', () => {
    for (const [pattern, channel] of Object.entries(channels)) {
      const topic = pattern
        .replace('{robot}', robot)
        .replace('{job}', 'fw_2-0')
        .replace('{shadow}', 'lamp:1')
        .replace('{template}', 'T');
      const names = {
        ...(pattern.includes('{robot}') && { robot }),
        ...(pattern.includes('{job}') && { job: 'fw_2-0' }),
        ...(pattern.includes('{shadow}') && { shadow: 'lamp:1' }),
        ...(pattern.includes('{template}') && { template: 'T' }),
      };
      expect(parseTopic(topic)).toEqual({ channel, ...names });
    }
  });
});

describe('our own topics', () => {
  it('are parsed as they were written', () => {
    for (const channel of upChannels) {
      const row = channels[`robots/{robot}/up/${channel}`];
      expect(parseTopic(upTopic(robot, channel))).toEqual({ channel: row, robot });
    }
    for (const channel of downChannels) {
      const row = channels[`robots/{robot}/down/${channel}`];
      expect(parseTopic(downTopic(robot, channel))).toEqual({ channel: row, robot });
    }
  });

  it('are also accepted with the prefix of Basic Ingest', () => {
    const topic = `$aws/rules/reports_v1/${upTopic(robot, 'missions/report')}`;
    expect(topic).toBe('$aws/rules/reports_v1/robots/AB:12_x-9/up/missions/report');
    expect(rowOf(topic)).toMatchObject({ direction: 'up', event: 'missions/report' });
  });
});

describe("AWS's reserved topics", () => {
  it.each([
    ['shadow/get', 'up', 'shadow/get'],
    ['shadow/get/accepted', 'down', 'cloud/shadow-got'],
    ['shadow/update/delta', 'down', 'cloud/shadow-delta'],
    ['shadow/update/documents', 'down', null],
    ['shadow/delete/rejected', 'down', null],
    ['shadow/name/lamp/get', 'up', 'shadow/get'],
    ['shadow/name/get/get', 'up', 'shadow/get'],
    // The agent uses the classic shadow.
    ['shadow/name/lamp/update/delta', 'down', null],
    ['jobs/get', 'up', 'jobs/get'],
    ['jobs/get/accepted', 'down', null],
    ['jobs/notify', 'down', null],
    ['jobs/notify-next', 'down', 'cloud/job-next'],
    ['jobs/start-next', 'up', 'jobs/start-next'],
    ['jobs/start-next/rejected', 'down', null],
  ])('%s goes %s and is %s', (rest, direction, event) => {
    expect(rowOf(`$aws/things/${robot}/${rest}`)).toMatchObject({ direction, event });
  });

  it.each([
    ['jobs/fw_2-0/update', 'fw_2-0', 'jobs/update'],
    ['jobs/$next/get/accepted', '$next', 'cloud/job-next'],
    // A job may bear the name of a verb.
    ['jobs/get/get', 'get', 'jobs/get'],
    ['jobs/accepted/update', 'accepted', 'jobs/update'],
    ['jobs/start-next/update/accepted', 'start-next', 'cloud/job-updated'],
  ])('%s is about the job %s', (rest, job, event) => {
    expect(parseTopic(`$aws/things/${robot}/${rest}`)).toMatchObject({ job, channel: { event } });
  });
});

describe('other topics', () => {
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
    `$aws/things/${robot}/shadow/name/other`,
    `$aws/things/${robot}/shadow/name/a b/get`,
    `$aws/things/${robot}/shadow/name/other/get/delta`,
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
    `$aws/rules/r/robots/${robot}/down/commands`,
    // The words of the patterns are no names.
    'robots/{robot}/up/time',
    '$aws/things/{robot}/shadow/get',
    `$aws/things/${robot}/jobs/{job}/get`,
    '$aws/provisioning-templates/{template}/provision/json',
    `$aws/provisioning-templates/${'x'.repeat(37)}/provision/json`,
    '$aws/certificates/create-from-csr/cbor',
    '/'.repeat(60_000),
    `$aws/events/presence/connected/${robot}`,
  ])('%j is not one of the protocol', (topic) => {
    expect(parseTopic(topic)).toBeUndefined();
  });
});
