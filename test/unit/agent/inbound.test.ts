import { describe, expect, it } from 'vitest';
import { readMessage, subscriptions } from '../../../agent/link/inbound.ts';
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
  it.each(events)('%s', (topic, body, type) => {
    expect(read(topic, body)).toMatchObject({ ok: true, value: { type, body } });
  });

  it('carry the job that their topic names', () => {
    expect(read(things('jobs/j1/update/accepted'), next)).toMatchObject({ value: { jobId: 'j1' } });
    expect(read(things('jobs/notify-next'), next)).not.toHaveProperty('value.jobId');
  });

  it.each(downChannels)('the channel %s has its event', (channel) => {
    expect(events.some(([topic]) => topic === down(channel))).toBe(true);
  });

  it.each([
    ['of another kind', 'somewhere/else', 'wrong-topic'],
    ['of no channel', down('missions/dance'), 'wrong-topic'],
    ['of a bad name', 'robots/R 1/down/commands', 'wrong-topic'],
    ['of another robot', 'robots/R2/down/commands', 'foreign-robot'],
    ['of another thing', '$aws/things/R2/jobs/notify-next', 'foreign-robot'],
    ['of thousands of levels', '/'.repeat(60_000), 'wrong-topic'],
  ])('a topic %s is refused', (_name, topic, code) => {
    const result = read(topic, next);
    expect(result).toMatchObject({ ok: false, code });
    if (!result.ok) expect(result.message.length).toBeLessThanOrEqual(120);
  });

  it.each([
    ['our own requests', 'robots/R1/up/maps/upload'],
    ['documents that nobody asked for', things('shadow/update/documents')],
    ['the answer to a question that we do not ask', things('jobs/start-next/accepted')],
  ])('%s are heard and not used', (_name, topic) => {
    expect(read(topic)).toEqual({ ok: true, value: undefined });
  });

  it.each([
    ['no JSON', '{', 'not-json'],
    ['nothing', '', 'not-json'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'not-json'],
    ['too much', `"${'x'.repeat(limits.messageBytesMax)}"`, 'too-large'],
    ['the wrong shape', { v: 2 }, 'wrong-schema'],
    ['null', null, 'wrong-schema'],
  ])('a payload with %s is refused', (_name, body, code) => {
    expect(read(down('commands'), body)).toMatchObject({ ok: false, code });
  });

  it('a command of a later release has no known word, and is still a command', () => {
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
  const filters = subscriptions('R1', { shadow: true, jobs: true });

  // A renewal subscribes to its answers when it asks.
  const always = events.filter(([topic]) => parseTopic(topic)?.channel.service !== 'renewal');
  it.each(always)('cover %s', (topic) => {
    expect(filters.some((filter) => matches(filter, topic))).toBe(true);
  });

  it('are no more than AWS takes in one request', () => {
    expect(filters.length).toBeLessThanOrEqual(8);
  });

  // Literal: brokers grant just these in their access rules.
  it('are one filter for both answers, and none for what nobody needs', () => {
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

  it('leave out services that are switched off', () => {
    expect(subscriptions('R1', { shadow: false, jobs: false })).toEqual(['robots/R1/down/#']);
    expect(subscriptions('R1', { shadow: false, jobs: true }).join()).not.toContain('shadow');
    expect(subscriptions('R1', { shadow: true, jobs: false }).join()).not.toContain('jobs');
  });
});

describe('a time', () => {
  it.each([-1, 4.3e12, 1e18, 1e300])('of %d is refused', (timestamp) => {
    const topics = ['shadow/get/accepted', 'shadow/update/accepted', 'jobs/notify-next'];
    for (const topic of topics) {
      const answer = read(things(topic), { state: {}, version: 1, timestamp });
      expect(answer).toMatchObject({ ok: false, code: 'wrong-schema' });
    }
  });
});
