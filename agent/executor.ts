import { codeOf, explain, PilotfishError } from '../base/errors.ts';
import type { BodyEvent, Verb } from '../hal/robot-body.ts';
import { limits } from '../protocol/limits.ts';
import type { GuardedBoard, GuardedBody } from './board/guard.ts';
import { eventsPerPollMax } from './board/limits.ts';
import type { Effect } from './effects.ts';
import type { Event, IdentityFacts } from './events.ts';
import { installCode, watched } from './install-source.ts';
import { readMessage, readStamp } from './link/inbound.ts';
import type { Ports } from './ports.ts';
import type { Sender } from './sender.ts';

/** What an effect's handler gets besides the effect. */
export interface Context {
  readonly robot: string;
  readonly ports: Omit<Ports, 'board'>;
  readonly board: GuardedBoard;
  readonly sender: Sender;
  /** Aborted when the effect is cancelled, replaced, or the agent stops. */
  readonly signal: AbortSignal;
  readonly trialAttempts: number;
  /** For events before the outcome, such as progress; stale ones are dropped. */
  tell(event: Event): void;
}

/** An effect done at once answers nothing; a long one answers its outcome. Handlers never reject but for `signal`. */
type Handler<E> = (effect: E, context: Context) => void | Promise<Event | undefined>;

/** The timers are the loop's own. */
export type OutsideEffect = Exclude<Effect, { type: 'timer/set' | 'timer/clear' | 'cancel' }>;

type Table = {
  readonly [K in OutsideEffect['type']]: Handler<Extract<OutsideEffect, { type: K }>>;
};

const table: Table = {
  'link/open': async ({ pair }, { ports, board, sender, signal, robot, tell }) => {
    void ports.identity.facts().then(
      (identity) => tell({ type: 'identity/known', identity }),
      () => ports.journal.count('identity-not-read'),
    );
    void board.system.info(signal).then(
      ({ isClockSynced = false }) => {
        ports.time.trustBoard(isClockSynced);
        tell({ type: 'clock/synced', isSynced: isClockSynced });
      },
      () => ports.journal.count('board-not-asked'),
    );
    const observation = await ports.link.run(
      pair,
      {
        drained: sender.drained,
        proved: sender.proved,
        up() {
          // An attempt that was given up has no say in what another one sends.
          if (signal.aborted) return;
          sender.up();
          tell({ type: 'link/up', pair });
        },
        message: (topic, payload) => {
          const read = readMessage(robot, topic, payload);
          if (!read.ok) ports.journal.refused(read.code, topic, read.message);
          const event = read.ok ? read.value : readStamp(robot, topic, payload);
          if (event === undefined) return;
          if ('dropped' in event) {
            const [first] = event.dropped ?? [];
            ports.journal.refused('part-not-read', topic, first?.why ?? '');
          }
          tell(event);
        },
        skipped: (topic, byteCount) =>
          ports.journal.refused(
            'too-large',
            topic,
            `${byteCount} bytes, at most ${limits.messageBytesMax} are taken`,
          ),
      },
      signal,
    );
    if (!signal.aborted) {
      for (const strike of sender.down(observation)) tell({ type: 'publish/struck', ...strike });
    }
    return { type: 'link/down', observation, pair };
  },

  'link/close': (_effect, { ports }) => ports.link.close(),

  'link/remember': ({ memory }, { ports }) => {
    try {
      ports.runtime.remember(memory);
    } catch (error) {
      ports.journal.count(`not-remembered/${codeOf(error)}`);
    }
  },

  publish: (effect, { sender }) => sender.send(effect),

  'time/sync': ({ cloudMs }, { ports }) => ports.time.sync(cloudMs),

  'time/prove': ({ floorMs }, { ports }) => ports.time.prove(floorMs),

  'clock/raise': async ({ floorMs }, { board, signal }) => {
    try {
      await board.system.setClock(floorMs, signal);
      return { type: 'clock/raised' };
    } catch (error) {
      return { type: 'clock/not-raised', code: codeOf(error) };
    }
  },

  'clock/set-back': async ({ wallMs }, { board, signal }) => {
    try {
      await board.system.setClockBack(wallMs, signal);
      return { type: 'clock/raised' };
    } catch (error) {
      return { type: 'clock/not-raised', code: codeOf(error) };
    }
  },

  'identity/request': async ({ rotateKey, pair }, { ports, signal }) => {
    try {
      const { csr } = await ports.identity.request(rotateKey ? 'new' : 'same', signal, pair);
      return { type: 'identity/requested', csr };
    } catch (error) {
      return { type: 'identity/not-requested', code: codeOf(error) };
    }
  },

  'identity/subscribe': async ({ topics }, { ports, signal }) => {
    try {
      await ports.link.subscribe(topics, signal);
      return { type: 'identity/subscribed' };
    } catch (error) {
      return { type: 'identity/not-subscribed', code: codeOf(error) };
    }
  },

  'identity/stage': async ({ certificatePem }, { ports }) => {
    try {
      const next = await ports.identity.stage(certificatePem, ports.time.now().wallMs);
      return { type: 'identity/staged', next };
    } catch (error) {
      return { type: 'identity/not-staged', code: codeOf(error), detail: withHint(error) };
    }
  },

  'identity/promote': async (_effect, { ports }) => {
    try {
      const before = await ports.identity.facts();
      const current = await ports.identity.promote();
      const after = await ports.identity.facts();
      reportDroppedPairs(ports.journal, before, after);
      const { current: _current, next: _next, ...previous } = after;
      return { type: 'identity/promoted', current, previous };
    } catch (error) {
      return { type: 'identity/not-promoted', code: codeOf(error) };
    }
  },

  'identity/discard': async (_effect, { ports }) => {
    await ports.identity.discard().catch(() => ports.journal.count('identity-not-discarded'));
    return undefined;
  },

  'identity/forget': async ({ pairs }, { ports }) => {
    try {
      await ports.identity.forget(pairs);
      return { type: 'identity/known', identity: await ports.identity.facts() };
    } catch {
      ports.journal.count('previous-not-forgotten');
      return undefined;
    }
  },

  note: ({ level, text, about }, { ports }) => ports.journal.note(level, text, about),

  'body/look': async ({ after }, { board, signal }) => {
    try {
      return await look(board.body, after, signal);
    } catch (error) {
      return { type: 'body/unseen', code: codeOf(error) };
    }
  },

  'body/command': ({ tag, verb }, context) => command(tag, verb, context),

  'body/stop': ({ tag }, context) => command(tag, 'stop', context),

  'body/configure': async ({ settings }, { board, signal }) => {
    try {
      const { refused } = await board.body.configure(settings, signal);
      return { type: 'body/configured', refused };
    } catch (error) {
      return { type: 'body/unconfigured', code: codeOf(error) };
    }
  },

  'map/keep': async ({ missionId, bodyMission }, { ports, board, signal }) => {
    try {
      const map = await board.body.map(bodyMission, signal);
      return { type: 'map/kept', missionId, map: await ports.maps.keep(missionId, map, signal) };
    } catch (error) {
      return { type: 'map/none', missionId, code: codeOf(error) };
    }
  },

  'map/put': async ({ missionId, map, grant }, { ports, signal }) => {
    const outcome = await ports.maps.put(map, grant, signal);
    return { type: 'map/put', missionId, outcome };
  },

  'map/forget': async ({ mapId }, { ports }) => {
    await ports.maps.forget(mapId).catch(() => ports.journal.count('map-not-forgotten'));
    return undefined;
  },

  'map/sweep': async ({ mapIds }, { ports }) => {
    await ports.maps.sweep(mapIds).catch(() => ports.journal.count('maps-not-swept'));
    return undefined;
  },

  'update/check': async ({ jobId, manifest }, { ports, board, signal }) => {
    try {
      const { hardwareId } = await board.system.info(signal);
      const verdict = await ports.firmware.check(manifest, hardwareId, ports.time.latestMs());
      if (verdict.ok) {
        return { type: 'update/checked', jobId, verdict: { ok: true, manifest: verdict.value } };
      }
      return { type: 'update/checked', jobId, verdict };
    } catch (error) {
      const verdict = { ok: false, code: codeOf(error), message: explain(error) } as const;
      return { type: 'update/checked', jobId, verdict };
    }
  },

  'update/install': async ({ jobId, manifest, imageUrl, slot }, { ports, board, signal, tell }) => {
    const { length, sha256 } = manifest;
    const source = watched(ports.firmware.fetch(imageUrl, length, signal));
    const { chunks } = source;
    try {
      const onProgress = (bytes: number) => tell({ type: 'update/progress', jobId, bytes });
      await board.installer.install({ slot, length, sha256, chunks, onProgress }, signal);
      return { type: 'update/installed', jobId };
    } catch (error) {
      return { type: 'update/not-installed', jobId, code: installCode(error, source, length) };
    }
  },

  'update/arm': async ({ jobId, slot }, { board, signal, trialAttempts }) => {
    try {
      await board.boot.arm(slot, { attempts: trialAttempts }, signal);
      return { type: 'update/armed', jobId };
    } catch (error) {
      return { type: 'update/not-armed', jobId, code: codeOf(error) };
    }
  },

  'update/confirm': async ({ jobId, slot, securityCounter }, { ports, board, signal }) => {
    try {
      await board.boot.confirm(slot, signal);
      await ports.firmware.raiseFloor(securityCounter);
      return { type: 'update/confirmed', jobId };
    } catch (error) {
      return { type: 'update/not-confirmed', jobId, code: codeOf(error) };
    }
  },

  'system/reboot': async ({ reason }, { ports, board, signal }) => {
    ports.journal.note('info', 'reboot', { reason });
    await board.system.reboot(reason, signal).catch((error: unknown) => {
      ports.journal.note('warn', 'the board did not reboot', { code: codeOf(error) });
    });
    return undefined;
  },
};

async function command(tag: string, verb: Verb, { board, signal }: Context): Promise<Event> {
  try {
    const record = await board.body.command({ tag, verb }, signal);
    return { type: 'body/answered', tag, record };
  } catch (error) {
    return { type: 'body/silent', tag, code: codeOf(error) };
  }
}

/** Starts one effect. */
export function execute(
  effect: OutsideEffect,
  context: Context,
): void | Promise<Event | undefined> {
  const handler = table[effect.type] as Handler<OutsideEffect>;
  return handler(effect, context);
}

const withHint = (error: unknown): string => {
  const hint = error instanceof PilotfishError ? error.hint : undefined;
  return hint === undefined ? explain(error) : `${explain(error)}; ${hint}`;
};

/** All places for previous pairs were taken: the pair in the last one had to go. */
function reportDroppedPairs(
  journal: Ports['journal'],
  before: IdentityFacts,
  after: IdentityFacts,
): void {
  const idsOf = (facts: IdentityFacts) =>
    Object.values(facts).flatMap((pair) => (pair === null ? [] : [pair.certificateId]));
  const left = idsOf(after);
  for (const certificateId of idsOf(before).filter((id) => !left.includes(id))) {
    journal.count('previous-dropped');
    journal.note('warn', 'previous certificate dropped: no place', { certificateId });
  }
}

/** The snapshot first: events newer than it belong to the next look. */
async function look(body: GuardedBody, after: number, signal: AbortSignal): Promise<Event> {
  const { activity, commands, settings } = await body.snapshot(signal);
  if (activity === null) return { type: 'body/half-observed', commands, settings };
  const { lastEvent } = activity;
  const events: BodyEvent[] = [];
  // A body that was exchanged counts from the beginning again.
  let cursor = after > lastEvent ? 0 : after;
  while (cursor < lastEvent && events.length < eventsPerPollMax) {
    const page = await body.events(cursor, signal);
    const last = page.at(-1);
    if (last === undefined || last.seq <= cursor) break;
    events.push(...page.filter(({ seq }) => seq <= lastEvent));
    cursor = last.seq;
  }
  return { type: 'body/observed', snapshot: { ...activity, commands, settings }, events };
}
