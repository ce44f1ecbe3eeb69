import { codeOf } from '../base/errors.ts';
import type { RequestHandler } from '../protocol/requests.ts';
import { connectionReport, type Known } from './api/connection-report.ts';
import { guardBoard } from './board/guard.ts';
import type { AgentConfig } from './config.ts';
import type { Context } from './effects.ts';
import type { BoardEvidence, Event } from './events.ts';
import { effects, machinesOf, services } from './features.ts';
import { createCommits } from './kernel/commits.ts';
import { createLoop } from './kernel/loop.ts';
import type { Json, Moment } from './kernel/machine.ts';
import { quarantinedIn, quarantineState } from './kernel/quarantine.ts';
import { createRequests } from './kernel/requests.ts';
import { countBoot, restoreStates } from './kernel/restore.ts';
import type { Board, Ports } from './ports.ts';
import { createSender } from './publish/sender.ts';
import type { RequestContext } from './request-context.ts';
import { type Host, noHost } from './supervise/host.ts';
import { type Mode, normalMode } from './supervise/mode.ts';
import { unstoredRules } from './unstored.ts';

/** The agent's interface to its process. */
export interface Agent extends AsyncDisposable {
  /** Each machine's view of its state. */
  status(): Json;
  /** The answer to the request `status`: the status, what was observed of the connection, and the evidence. */
  report(): Promise<Json>;
  /** Answers a request. Never rejects. */
  readonly request: RequestHandler;
  /** Hands in an event from outside. Never throws. */
  deliver(event: Event): void;
  /** Rejects with the bug that ended this agent. The agent has stopped then; the rest of the process has not. */
  readonly failed: Promise<never>;
}

/** Delay before a board that did not answer at the start is called again. */
const boardAgainMs = 30_000;

/**
 * Composes one agent from its features and ports, and starts it. Rejects with the store's error when the store rejects
 * the first turn, and with `machine-crashed` when a machine throws in it.
 */
export async function createAgent(
  ports: Ports,
  config: AgentConfig,
  build: { version: string; builtMs: number },
  { mode = normalMode, host = noHost }: { readonly mode?: Mode; readonly host?: Host } = {},
): Promise<Agent> {
  const stored = ports.store.load();
  const boot = countBoot(ports.store, stored);
  const loaded =
    mode.quarantine === null
      ? stored
      : quarantineState(ports.store, stored, mode.quarantine, ports.journal);
  const moment = (): Moment => ({
    now: { ...ports.time.now(), boot },
    latestMs: ports.time.latestMs(),
    random: ports.entropy.random(),
    freshId: ports.entropy.freshId(),
  });
  const machines = machinesOf(config, mode);
  const quarantined = quarantinedIn(loaded);
  const commits = createCommits(ports.store);
  const { link, time, journal } = ports;
  const guarded = guardBoard(ports.board, { time, journal });
  const sender = createSender({ link, time, journal, budget: config.publish });
  const loop = createLoop<Context>({
    machinery: { machines, effects },
    states: restoreStates(machines, loaded, moment(), journal),
    unstored: unstoredRules,
    contextOf: (run) => ({ ...run, robot: config.robot, ports, board: guarded, sender }),
    reply: (id, reply) => requests.reply(id, reply),
    ...{ commits, time, journal, moment },
  });
  const { deliver, timers } = loop;
  const requests = createRequests<RequestContext>({
    services,
    machines: machines.map(({ name }) => name),
    context: {
      ...{ robot: config.robot, host, report: () => report() },
      stored() {
        settle();
        return ports.store.load();
      },
    },
    ...{ time, journal, deliver },
  });

  const readBoard = () => boardEvidence(guarded, loop.signal);
  const board = await readBoard();
  const { fallback } = board.boot ?? {};
  if (fallback !== undefined) ports.journal.note('warn', 'slot left', fallback);
  const isWhole = ({ system, boot }: BoardEvidence) => system !== null && boot !== null;
  const retryBoard = (): void =>
    timers.set('agent/board', boardAgainMs, () => {
      void readBoard().then((found) => {
        if (isWhole(found)) deliver({ type: 'board/known', board: found });
        else retryBoard();
      });
    });
  const facts = () => ports.identity.facts().catch(() => ({ current: null, next: null }));
  const identity = await facts();
  const isClockOurs = await ports.clockOwner.isAgent();
  const kickMs = ((board.system?.watchdogS ?? 30) * 1000) / 4;
  const kick = (): void => {
    if (loop.signal.aborted) return;
    guarded.system.kick(loop.signal).catch(() => ports.journal.count('kick-failed'));
    timers.set('agent/kick', kickMs, kick);
  };
  kick();
  const unsubscribe = ports.board.body.onChanged(() => deliver({ type: 'body/changed' }));
  const end = (): void => {
    unsubscribe();
    requests.stop();
  };
  loop.failed.catch(end);
  deliver({
    ...{ type: 'agent/started', ...build, board, identity, isClockOurs },
    link: ports.runtime.recall(),
  });
  if (loop.failure !== undefined) throw loop.failure;

  if (!isWhole(board)) retryBoard();

  const settle = (): void => {
    try {
      commits.flush();
    } catch (error) {
      journal.count('turn-not-stored', codeOf(error));
    }
  };
  const status = () => ({
    robot: config.robot,
    version: build.version,
    slot: board.boot?.booted ?? null,
    boot,
    ...(fallback && { fallback }),
    ...(quarantined.length > 0 && { quarantine: quarantined }),
    counts: ports.journal.counts(),
    publishing: sender.view(),
    board: guarded.view(),
    ...Object.fromEntries(
      machines.map((machine) => [machine.name, machine.view(loop.states()[machine.name] as never)]),
    ),
  });

  const report = async () => {
    const { link, clock, history } = loop.states() as unknown as Pick<
      Known,
      'link' | 'clock' | 'history'
    >;
    const now = ports.time.now();
    const identity = await facts();
    const { robot, counts, ...parts } = status();
    const connection = connectionReport({ link, clock, history, identity, now });
    // What people look for first must be on the first screen.
    return { robot, ...connection, ...parts, counts };
  };

  return {
    deliver,
    request: requests.request,
    failed: loop.failed,
    status,
    report,
    async [Symbol.asyncDispose]() {
      end();
      loop.stop();
      settle();
    },
  };
}

/** The board's evidence at start; a board that does not answer must not prevent the start. */
export async function boardEvidence(
  { system, boot }: Pick<Board, 'system' | 'boot'>,
  signal: AbortSignal,
): Promise<BoardEvidence> {
  const orNull = <T>(answer: Promise<T>): Promise<T | null> => answer.catch(() => null);
  const [info, state] = await Promise.all([
    orNull(system.info(signal)),
    orNull(boot.state(signal)),
  ]);
  return { system: info, boot: state };
}
