import type { AgentConfig } from '../../agent/config.ts';
import type { Event, PutOutcome } from '../../agent/events.ts';
import type { AgentEffect as Effect } from '../../agent/features.ts';
import { effects, machinesOf } from '../../agent/features.ts';
import { createCommits } from '../../agent/kernel/commits.ts';
import type { Machine, MachineState, Moment, Saved } from '../../agent/kernel/machine.ts';
import { type States, takeTurn } from '../../agent/kernel/turn.ts';
import type { BodySettings } from '../../hal/robot-body.ts';
import { polled, settings } from './agent-body.ts';
import { certificate } from './agent-certificates.ts';
import { testConfig } from './agent-config.ts';
import { later } from './agent-machine.ts';
import { manifest, startedOn } from './agent-updates.ts';

/** A whole agent without its adapters, on a simulated clock, against a hostile cloud. */

const hourMs = 3_600_000;
const pushEachMs = 10_000;
/** One round trip; a loop without a delay would make 360,000 rounds an hour. */
const roundTripMs = 10;
const turnsMax = 150_000;

export interface Sent {
  readonly topic: string;
  readonly payload: Record<string, unknown>;
}

/** The answers of the cloud and of the servers behind its URLs. What is left out succeeds. */
export interface HostileCloud {
  /** The answers to a message, one round trip later. */
  answer?(message: Sent, view: CloudView): readonly Event[];
  /** Sent every ten seconds, requested or not. */
  push?(view: CloudView): readonly Event[];
  put?(): PutOutcome;
  install?(): 'installed' | (string & {});
  /** How long a connection stays up, in ms. */
  connectionMs?: number;
}

/** What the cloud knows when it answers. */
export interface CloudView {
  readonly atMs: number;
  /** Fresh with each call. */
  count(): number;
  /** The newest message on such a topic. */
  last(topic: RegExp): Sent | undefined;
}

/** What the cloud has made the robot do, within each hour. */
export interface Hour {
  published: number;
  commits: number;
  /** Effects by type, published messages by the end of their topic. */
  readonly actions: Record<string, number>;
}

export function runAgainst(
  cloud: HostileCloud,
  {
    forHours,
    random = () => 0,
    config = testConfig(),
    saved = {},
  }: {
    forHours: number;
    random?: () => number;
    config?: AgentConfig;
    saved?: Record<string, Saved>;
  },
): Hour[] {
  const hours = Array.from({ length: forHours }, (): Hour => ({ ...emptyHour(), actions: {} }));
  const due: { atMs: number; event: Event; key?: string; pushes?: boolean }[] = [];
  const newest = new Map<string, Sent>();
  let [nowMs, counter, freshId, certificates] = [0, 0, 0, 1];
  let body: BodySettings = settings;
  let isUp = false;
  const hour = () => hours[Math.floor(nowMs / hourMs)] ?? emptyHour();
  const countAction = (what: string) => {
    const { actions: done } = hour();
    done[what] = (done[what] ?? 0) + 1;
  };
  const after = (ms: number, event: Event, key?: string) => {
    const entry = { atMs: nowMs + ms, event, ...(key === undefined ? {} : { key }) };
    const place = due.findLastIndex(({ atMs }) => atMs <= entry.atMs);
    due.splice(place + 1, 0, entry);
  };
  const forget = (key: string) => {
    const place = due.findIndex((entry) => entry.key === key);
    if (place >= 0) due.splice(place, 1);
  };
  const view: CloudView = {
    get atMs() {
      return nowMs;
    },
    count: () => ++counter,
    last: (topic) => [...newest.values()].findLast((sent) => topic.test(sent.topic)),
  };
  const feed = (events: readonly Event[]) => {
    for (const event of events) after(roundTripMs, event);
  };

  const outside: { readonly [K in Effect['type']]?: (effect: never) => void } = {
    'timer/set': ({ key, ms }: { key: string; ms: number }) => {
      forget(key);
      after(ms, { type: 'timer', key }, key);
    },
    'timer/clear': ({ key }: { key: string }) => forget(key),
    publish: ({ topic, payload }: { topic: string; payload: Record<string, unknown> }) => {
      if (!isUp) return;
      hour().published += 1;
      countAction(topic.split('/').slice(-2).join('/'));
      newest.delete(topic);
      newest.set(topic, { topic, payload });
      feed(cloud.answer?.({ topic, payload }, view) ?? []);
    },
    'link/open': ({ credentials }: { credentials: 'current' | 'next' }) => {
      after(50, { type: 'link/up', credentials });
      if (cloud.connectionMs === undefined) return;
      const observation = { kind: 'lost', code: 'closed', detail: '' } as const;
      after(50 + cloud.connectionMs, { type: 'link/down', credentials, observation });
    },
    'link/close': () => {
      const observation = { kind: 'closed', code: 'requested', detail: '' } as const;
      after(0, { type: 'link/down', credentials: 'current', observation });
    },
    'time/sync': ({ cloudMs, connection }: { cloudMs: number; connection: number }) =>
      after(0, { type: 'time/synced', cloudMs, boardMs: cloudMs, connection }),
    'clock/raise': () => after(0, { type: 'clock/raised' }),
    'identity/request': () => after(0, { type: 'identity/requested', csr: 'csr' }),
    'identity/subscribe': () => after(0, { type: 'identity/subscribed' }),
    'identity/stage': () =>
      after(0, { type: 'identity/staged', next: certificate(++certificates) }),
    'identity/promote': () =>
      after(0, { type: 'identity/promoted', current: certificate(certificates) }),
    'body/poll': () => after(0, polled({ settings: body })),
    'body/command': ({ tag, verb }: { tag: string; verb: 'dock' }) =>
      after(0, { type: 'body/answered', tag, record: { tag, verb, result: 'done' } }),
    'body/configure': ({ settings: requested }: { settings: BodySettings }) => {
      body = { ...body, ...requested };
      after(0, { type: 'body/configured', refused: {} });
    },
    'map/put': ({ missionId }: { missionId: string }) => {
      const outcome = cloud.put?.() ?? { kind: 'stored' };
      after(roundTripMs, { type: 'map/put', missionId, outcome });
    },
    'update/check': ({ jobId }: { jobId: string }) =>
      after(0, {
        type: 'update/checked',
        jobId,
        verdict: { ok: true, manifest: { ...manifest, sha256: `${++counter}`.padStart(64, '0') } },
      }),
    'update/install': ({ jobId }: { jobId: string }) => {
      const code = cloud.install?.() ?? 'installed';
      if (code === 'installed') after(roundTripMs, { type: 'update/installed', jobId });
      else after(roundTripMs, { type: 'update/not-installed', jobId, code });
    },
    'update/arm': ({ jobId }: { jobId: string }) => after(0, { type: 'update/armed', jobId }),
  };

  const machines = machinesOf(config);
  const moment = (): Moment =>
    later(nowMs, { random: random(), freshId: (++freshId).toString(16).padStart(16, '0') });
  let states: States = Object.fromEntries(
    machines.map((machine: Machine): [string, MachineState] => [
      machine.name,
      machine.restore(saved[machine.name], moment()),
    ]),
  );
  const commits = createCommits({
    load: () => [],
    commit: () => {
      hour().commits += 1;
    },
  });
  const turn = (event: Event) => {
    if (event.type === 'link/up') isUp = true;
    if (event.type === 'link/down') isUp = false;
    // A cloud's messages arrive only while the robot is connected.
    if (event.type.startsWith('cloud/') && !isUp) return;
    const turnResult = takeTurn({ machines, effects }, states, event, moment());
    commits.take(turnResult);
    states = turnResult.states;
    for (const effect of turnResult.effects as readonly Effect[]) {
      if (effect.type !== 'publish') countAction(effect.type);
      (outside[effect.type] as ((effect: Effect) => void) | undefined)?.(effect);
    }
  };

  turn({ ...startedOn(startedBoard), identity: { current: certificate(1), next: null } } as Event);
  let pushMs = pushEachMs;
  for (let turns = 0; turns < turnsMax; turns++) {
    const next = due[0];
    const isPush = cloud.push !== undefined && (next === undefined || pushMs <= next.atMs);
    nowMs = isPush ? pushMs : (next?.atMs ?? Number.POSITIVE_INFINITY);
    if (nowMs >= forHours * hourMs) return hours;
    if (isPush) {
      pushMs += pushEachMs;
      feed(cloud.push?.(view) ?? []);
    } else {
      due.shift();
      if (next !== undefined) turn(next.event);
    }
  }
  throw new Error(`no pause: ${JSON.stringify(hours[0])} and more within ${nowMs} ms`);
}

const emptyHour = (): Hour => ({ published: 0, commits: 0, actions: {} });
const startedBoard = {
  booted: 'a',
  next: 'a',
  onTrial: false,
  slots: [
    { name: 'a', state: 'good', sha256: 'a'.repeat(64) },
    { name: 'b', state: 'empty' },
  ],
} as const;
