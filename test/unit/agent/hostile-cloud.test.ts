import { describe, expect, it } from 'vitest';
import type { Event } from '../../../agent/events.ts';
import type { Saved } from '../../../agent/kernel/machine.ts';
import { seededRandom } from '../../../base/random.ts';
import { testConfig } from '../../support/agent-config.ts';
import {
  type CloudView,
  type HostileCloud,
  runAgainst,
} from '../../support/agent-hostile-cloud.ts';
import { entry } from '../../support/agent-missions.ts';
import { renewRequested } from '../../support/agent-renewal.ts';
import {
  grant,
  mapOf,
  missionIds,
  offerOf,
  timestamp,
  withMap,
  worst,
} from '../../support/agent-worst-cloud.ts';
import { epoch } from '../../support/cloud-world.ts';

/**
 * Whatever a cloud answers, and however fast, a robot's messages and writes in an hour stay below these. The table of
 * all pairs of request and answer, with what bounds each, is in `docs/protocol.md`.
 */
interface Bounds {
  readonly published: number;
  readonly commits: number;
}
const firstHour: Bounds = { published: 900, commits: 700 };
const laterHours: Bounds = { published: 450, commits: 350 };

const saved: Readonly<Record<string, Saved>> = {
  missions: {
    row: { epoch, nextN: missionIds.length + 1, open: null, known: [], dropped: 0 },
    items: new Map(missionIds.map((missionId) => entry(missionId))),
  },
  maps: {
    row: null,
    items: new Map(
      withMap.map((missionId) => [
        missionId,
        { missionId, map: mapOf(missionId), isReported: true },
      ]),
    ),
  },
};

const answerOn =
  (
    topic: RegExp,
    answer: (view: CloudView) => readonly Event[],
  ): NonNullable<HostileCloud['answer']> =>
  (message, view) =>
    topic.test(message.topic) ? answer(view) : [];

/** Answers by the first of the rules that fits. */
const firstOf =
  (...all: readonly NonNullable<HostileCloud['answer']>[]): NonNullable<HostileCloud['answer']> =>
  (message, view) =>
    all.map((rule) => rule(message, view)).find((events) => events.length > 0) ?? [];

const time: Event = { type: 'cloud/job-next', body: { timestamp } };
const acceptUpdates = answerOn(/jobs\/.*\/update$/, worst['cloud/job-updated']);
/** A few of all worst answers, others each time. */
function everything() {
  const pick = seededRandom(7);
  return (view: CloudView) =>
    Object.values(worst).flatMap((make) => (pick() < 0.25 ? make(view) : []));
}
const everyAnswer = everything();
const anyAnswer = everything();

interface Row {
  readonly name: string;
  readonly cloud: HostileCloud;
  readonly config?: Parameters<typeof testConfig>[0];
  /** Where this is less than the bounds for all: what may be done in an hour, at most. */
  readonly most?: Readonly<Record<string, number>>;
  /** Instead of the bounds for all, in each hour. */
  readonly bounds?: Bounds;
}

const rows: readonly Row[] = [
  {
    name: 'the same ended job again and again',
    cloud: {
      answer: firstOf(
        acceptUpdates,
        answerOn(/jobs/, () => [offerOf('same', { jobDocument: {} })]),
      ),
    },
    most: { commits: 4, 'same/update': 8, '$next/get': 24 },
  },
  {
    name: 'the same ended job, not requested',
    cloud: { answer: acceptUpdates, push: () => [time, offerOf('same', { jobDocument: {} })] },
    most: { commits: 4, 'same/update': 8 },
  },
  {
    name: 'the same job with its image out of reach',
    cloud: {
      answer: firstOf(
        acceptUpdates,
        answerOn(/jobs/, () => [offerOf('same')]),
      ),
      install: () => 'http-404',
    },
    most: { 'update/install': 12, commits: 60 },
  },
  {
    name: 'a new job each time',
    cloud: {
      answer: firstOf((message, view) => [
        ...acceptUpdates(message, view),
        ...worst['cloud/job-next'](view).slice(0, 2),
      ]),
    },
    most: { 'update/check': 17, commits: 110 },
  },
  {
    name: 'a job that ends as soon as it starts',
    cloud: {
      answer: firstOf(
        answerOn(/jobs\/.*\/update$/, worst['cloud/job-not-updated']),
        answerOn(/jobs/, () => [offerOf('same')]),
      ),
      install: () => 'http-404',
    },
    most: { 'update/install': 17, commits: 110 },
  },
  {
    name: 'another shadow with each answer',
    cloud: {
      answer: answerOn(/shadow/, (view) => [
        ...worst['cloud/shadow-updated'](view),
        ...worst['cloud/shadow-delta'](view),
        ...worst['cloud/shadow-got'](view),
      ]),
    },
    most: { 'body/configure': 80, 'shadow/update': 80, 'shadow/get': 20 },
  },
  {
    name: 'another desired value each ten seconds',
    cloud: {
      answer: answerOn(/shadow\/get/, worst['cloud/shadow-got']),
      push: worst['cloud/shadow-delta'],
    },
    most: { 'body/configure': 80 },
  },
  {
    name: 'no shadow, whatever was reported',
    cloud: {
      answer: answerOn(/shadow/, (view) => [
        ...worst['cloud/shadow-updated'](view),
        ...worst['cloud/shadow-not-got'](view),
      ]),
    },
    most: { 'shadow/update': 80 },
  },
  {
    name: 'a rejection of every report as a conflict',
    cloud: { answer: answerOn(/report/, worst['cloud/reports-rejected']) },
  },
  {
    name: 'the confirmation of one report and the rejection of the others as a conflict',
    cloud: {
      answer: answerOn(/report/, (view) => [
        ...worst['cloud/reports-accepted'](view),
        ...worst['cloud/reports-rejected'](view),
      ]),
    },
  },
  {
    name: 'a request for the reports as soon as they have arrived',
    cloud: {
      answer: answerOn(/report/, (view) => [
        ...worst['cloud/reports-accepted'](view),
        ...worst['cloud/missions-requested'](view),
      ]),
      push: worst['cloud/missions-requested'],
    },
  },
  {
    name: 'grants that the store rejects',
    cloud: {
      answer: answerOn(/upload/, worst['cloud/map-granted']),
      push: worst['cloud/map-granted'],
      put: () => ({ kind: 'renew', code: 'AccessDenied' }),
    },
    most: { 'map/put': 40 },
  },
  {
    name: 'confirmations with such grants',
    cloud: {
      answer: answerOn(/report/, () => []),
      push: () => [
        {
          type: 'cloud/reports-accepted',
          body: { v: 1, accepted: [], grants: withMap.map(grant) },
        },
      ],
      put: () => ({ kind: 'later', code: 'http-503' }),
    },
    most: { 'map/put': 40 },
  },
  {
    name: 'the same command whenever it is answered',
    cloud: {
      answer: firstOf(
        answerOn(/outcome/, worst['cloud/command']),
        answerOn(/jobs/, (view) => [time, ...worst['cloud/command'](view)]),
      ),
    },
    most: { 'commands/outcome': 250 },
  },
  {
    name: 'a certificate that is never registered',
    cloud: {
      answer: firstOf(
        answerOn(/jobs/, () => [time]),
        answerOn(/create-from-csr/, worst['cloud/certificate-created']),
        answerOn(/provision/, worst['cloud/thing-not-registered']),
      ),
      push: ({ atMs }) => (atMs < 60_000 ? [renewRequested()] : []),
    },
  },
  {
    name: 'another time with each answer',
    config: { shadow: false, jobs: false },
    cloud: {
      answer: answerOn(/time/, worst['cloud/time-received']),
      push: worst['cloud/time-received'],
    },
    most: { 'up/time': 20 },
  },
  {
    name: 'everything, requested or not',
    cloud: { answer: (_message, view) => everyAnswer(view), push: everyAnswer },
  },
  {
    name: 'everything, on connections of a minute',
    cloud: { answer: (_message, view) => anyAnswer(view), connectionMs: 61_000 },
    // Each connection sends each request once, and there are at most 60 in an hour.
    bounds: { published: 2000, commits: 800 },
  },
];

describe('a cloud that answers at once with', () => {
  it.each(rows)('$name', ({ cloud, config, most = {}, bounds }) => {
    const hours = runAgainst(cloud, {
      forHours: 2,
      random: seededRandom(1),
      config: testConfig(config),
      saved,
    });
    for (const [what, count] of Object.entries(most)) {
      const done = what === 'commits' ? hours[0]?.commits : (hours[0]?.actions[what] ?? 0);
      expect(done, what).toBeLessThanOrEqual(count);
    }
    for (const [number, { published, commits }] of hours.entries()) {
      const bound = bounds ?? (number === 0 ? firstHour : laterHours);
      expect(published).toBeLessThanOrEqual(bound.published);
      expect(commits).toBeLessThanOrEqual(bound.commits);
    }
  });
});
