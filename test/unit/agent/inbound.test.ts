import { describe, expect, it } from 'vitest';
import { readMessage, topicFilters } from '../../../agent/link/inbound.ts';
import { matches } from '../../../cloud-stub/access.ts';
import { limits } from '../../../protocol/limits.ts';
import { parseTopic } from '../../../protocol/parse-topic.ts';
import { downChannels } from '../../../protocol/topics.ts';
import { bytesOf } from '../../support/cloud-world.ts';

const read = (topic: string, body: unknown = {}) =>
  readMessage('R1', topic, body instanceof Uint8Array ? body : bytesOf(body));
const down = (channel: string) => `robots/R1/down/${channel}`;
const things = (rest: string) => `$aws/things/R1/${rest}`;
const next = { timestamp: 1 };

const events: readonly (readonly [string, object, string])[] = [
  [down('missions/report/accepted'), { v: 1, accepted: [] }, 'cloud/reports-accepted'],
  [down('missions/report/rejected'), { v: 1, rejected: [] }, 'cloud/reports-rejected'],
  [
    down('missions/request'),
    { v: 1, epoch: 'a'.repeat(16), from: 1, to: 2 },
    'cloud/missions-requested',
  ],
  [
    down('maps/upload/accepted'),
    { v: 1, missionId: `${'a'.repeat(16)}-1`, mapId: 'm' },
    'cloud/map-granted',
  ],
  [
    down('maps/upload/rejected'),
    { v: 1, missionId: `${'a'.repeat(16)}-1`, mapId: 'm', code: 'x', message: '' },
    'cloud/map-refused',
  ],
  [
    down('commands'),
    { v: 1, id: 'c', command: 'start', issuedMs: 0, expiresMs: 1, initiator: 'cloud' },
    'cloud/command',
  ],
  [down('time'), { v: 1, token: 'a'.repeat(16), cloudMs: 1 }, 'cloud/time-received'],
  [
    '$aws/certificates/create-from-csr/json/accepted',
    { certificateOwnershipToken: 't', certificateId: 'a'.repeat(64), certificatePem: 'x' },
    'cloud/certificate-created',
  ],
  [
    '$aws/certificates/create-from-csr/json/rejected',
    { statusCode: 400, errorCode: 'InvalidCsr' },
    'cloud/certificate-not-created',
  ],
  [
    '$aws/provisioning-templates/pilotfish/provision/json/accepted',
    { thingName: 'R1' },
    'cloud/thing-registered',
  ],
  [
    '$aws/provisioning-templates/pilotfish/provision/json/rejected',
    { statusCode: 403, errorCode: 'AccessDenied' },
    'cloud/thing-not-registered',
  ],
  [things('shadow/get/accepted'), { state: {}, version: 1, timestamp: 1 }, 'cloud/shadow-got'],
  [things('shadow/get/rejected'), { code: 404, message: '' }, 'cloud/shadow-not-got'],
  [things('shadow/update/accepted'), { version: 1, timestamp: 1 }, 'cloud/shadow-updated'],
  [things('shadow/update/rejected'), { code: 409, message: '' }, 'cloud/shadow-not-updated'],
  [things('shadow/update/delta'), { state: {}, version: 1, timestamp: 1 }, 'cloud/shadow-delta'],
  [things('jobs/notify-next'), next, 'cloud/job-next'],
  [things('jobs/$next/get/accepted'), next, 'cloud/job-next'],
  [things('jobs/j1/update/accepted'), next, 'cloud/job-updated'],
  [things('jobs/j1/update/rejected'), { code: 'X' }, 'cloud/job-not-updated'],
];

describe('messages from the cloud', () => {
  it.each(events)('are read on the topic %s', (topic, body, type) => {
    expect(read(topic, body)).toMatchObject({ ok: true, value: { type, body } });
  });

  it('carry the job id of their topic', () => {
    expect(read(things('jobs/j1/update/accepted'), next)).toMatchObject({ value: { jobId: 'j1' } });
    expect(read(things('jobs/notify-next'), next)).not.toHaveProperty('value.jobId');
  });

  it.each(downChannels)('are read in the channel %s', (channel) => {
    expect(events.some(([topic]) => topic === down(channel))).toBe(true);
  });

  it.each([
    ['of another system', 'somewhere/else', 'wrong-topic'],
    ['of an unknown channel', down('missions/dance'), 'wrong-topic'],
    ['with an invalid name', 'robots/R 1/down/commands', 'wrong-topic'],
    ['of another robot', 'robots/R2/down/commands', 'foreign-robot'],
    ['of another thing', '$aws/things/R2/jobs/notify-next', 'foreign-robot'],
    ['with thousands of levels', '/'.repeat(60_000), 'wrong-topic'],
  ])('are rejected on a topic %s', (_name, topic, code) => {
    const result = read(topic, next);
    expect(result).toMatchObject({ ok: false, code });
    if (!result.ok) expect(result.message.length).toBeLessThanOrEqual(120);
  });

  it.each([
    ['our own requests', 'robots/R1/up/maps/upload'],
    ['documents that were not requested', things('shadow/update/documents')],
    ['answers to a request that is never sent', things('jobs/start-next/accepted')],
  ])('are ignored: %s', (_name, topic) => {
    expect(read(topic)).toEqual({ ok: true, value: undefined });
  });

  it.each([
    ['text that is not JSON', '{', 'not-json'],
    ['nothing', '', 'not-json'],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'not-json'],
    ['too many bytes', `"${'x'.repeat(limits.messageBytesMax)}"`, 'too-large'],
    ['another schema', { v: 2 }, 'wrong-schema'],
    ['null', null, 'wrong-schema'],
  ])('are rejected with %s', (_name, body, code) => {
    expect(read(down('commands'), body)).toMatchObject({ ok: false, code });
  });

  it('carry an unknown command of a later release as a command', () => {
    const body = {
      v: 1,
      id: 'c',
      command: 'levitate',
      issuedMs: 0,
      expiresMs: 1,
      initiator: 'cloud',
      tune: 7,
    };
    expect(read(down('commands'), body)).toMatchObject({ value: { body: { command: 'unknown' } } });
  });
});

describe('subscriptions', () => {
  const filters = topicFilters('R1', { shadow: true, jobs: true });

  // A renewal subscribes to its answers before its request.
  const always = events.filter(([topic]) => parseTopic(topic)?.channel.service !== 'renewal');
  it.each(always)('cover %s', (topic) => {
    expect(filters.some((filter) => matches(filter, topic))).toBe(true);
  });

  it('fit into one request of AWS', () => {
    expect(filters.length).toBeLessThanOrEqual(limits.subscribeFiltersMax);
  });

  // Literal: brokers grant just these in their access rules.
  it('use one filter for both answers, and none that is not needed', () => {
    expect(filters).toEqual([
      'robots/R1/down/#',
      '$aws/things/R1/shadow/get/+',
      '$aws/things/R1/shadow/update/accepted',
      '$aws/things/R1/shadow/update/rejected',
      '$aws/things/R1/shadow/update/delta',
      '$aws/things/R1/jobs/notify-next',
      '$aws/things/R1/jobs/+/get/accepted',
      '$aws/things/R1/jobs/+/update/+',
    ]);
  });

  it('leave out disabled services', () => {
    expect(topicFilters('R1', { shadow: false, jobs: false })).toEqual(['robots/R1/down/#']);
    expect(topicFilters('R1', { shadow: false, jobs: true }).join()).not.toContain('shadow');
    expect(topicFilters('R1', { shadow: true, jobs: false }).join()).not.toContain('jobs');
  });
});

describe('a timestamp', () => {
  it.each([-1, 4.3e12, 1e18, 1e300])('of %d is rejected', (timestamp) => {
    const topics = ['shadow/get/accepted', 'shadow/update/accepted', 'jobs/notify-next'];
    for (const topic of topics) {
      const answer = read(things(topic), { state: {}, version: 1, timestamp });
      expect(answer).toMatchObject({ ok: false, code: 'wrong-schema' });
    }
  });
});
