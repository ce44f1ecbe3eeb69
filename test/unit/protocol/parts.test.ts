import { describe, expect, it } from 'vitest';
import { checkParts } from '../../../protocol/parts.ts';

const key = { missionId: `${'a'.repeat(16)}-1`, ended: true, boot: 1, revision: 2 };
const grant = {
  missionId: key.missionId,
  mapId: 'm',
  method: 'PUT',
  url: 'https://x',
  headers: {},
  expiresMs: 5,
} as const;
const rejected = { missionId: key.missionId, code: 'out-of-range', message: 'no' };

describe('a message with invalid parts', () => {
  it.each<readonly [string, Parameters<typeof checkParts>[0], object, object]>([
    [
      'one invalid key of three',
      'ReportsAccepted',
      { v: 1, accepted: [key, { ...key, boot: -1 }, key] },
      { v: 1, accepted: [key, key] },
    ],
    [
      'a grant by another method',
      'ReportsAccepted',
      { v: 1, accepted: [key], grants: [{ ...grant, method: 'POST' }, grant] },
      { v: 1, accepted: [key], grants: [grant] },
    ],
    [
      'grants that are none',
      'ReportsAccepted',
      { v: 1, accepted: [key], grants: 'later' },
      { v: 1, accepted: [key] },
    ],
    [
      'one invalid rejection',
      'ReportsRejected',
      { v: 1, rejected: [null, rejected] },
      { v: 1, rejected: [rejected] },
    ],
    [
      'a long message',
      'ReportsRejected',
      { v: 1, rejected: [{ ...rejected, message: 'x'.repeat(900) }] },
      { v: 1, rejected: [{ ...rejected, message: 'x'.repeat(200) }] },
    ],
    [
      'a long reason',
      'CommandOutcome',
      {
        ...{ v: 1, id: 'c', outcome: 'refused', reason: 'x'.repeat(99) },
        at: { wallMs: 1, quality: 'synced', boot: 1, monoMs: 1 },
      },
      { reason: 'x'.repeat(80) },
    ],
    ['a long refusal', 'ShadowRejected', { code: 404, message: 'x'.repeat(600) }, { code: 404 }],
    [
      'a token of another kind',
      'ShadowUpdateAccepted',
      { version: 1, timestamp: 1, clientToken: 5 },
      { version: 1 },
    ],
    [
      'details of another kind',
      'JobNext',
      {
        timestamp: 1,
        execution: {
          ...{ jobId: 'j', status: 'QUEUED', versionNumber: 1, executionNumber: 1 },
          statusDetails: { step: { a: 1 }, bytes: '5' },
        },
      },
      { execution: { jobId: 'j', statusDetails: { bytes: '5' } } },
    ],
  ])('keeps the others: %s', (_name, name, data, message) => {
    expect(checkParts(name, structuredClone(data))).toMatchObject({ ok: true, value: { message } });
  });

  it.each<readonly [string, Parameters<typeof checkParts>[0], object]>([
    [
      'a map that would seem stored',
      'MapGranted',
      { v: 1, missionId: key.missionId, mapId: 'm', grant: {} },
    ],
    [
      'a job without its document, which would count as none',
      'JobNext',
      { timestamp: 1, execution: {} },
    ],
    ['a list that is none', 'ReportsAccepted', { v: 1, accepted: {} }],
    ['another version', 'ReportsAccepted', { v: 2, accepted: [key] }],
  ])('is rejected when a part is required: %s', (_name, name, data) => {
    expect(checkParts(name, data)).toMatchObject({ ok: false, code: 'wrong-schema' });
  });

  it('reports how much was dropped, and takes little time for a list of a hundred thousand', () => {
    const accepted = Array.from({ length: 100_000 }, () => ({}));
    const read = checkParts('ReportsAccepted', { v: 1, accepted: [key, ...accepted] });
    expect(read).toMatchObject({ ok: true, value: { message: { accepted: [key] } } });
    expect(read.ok && read.value.dropped[0]).toEqual({ path: ['accepted', '64'], why: 'too many' });
  });
});
