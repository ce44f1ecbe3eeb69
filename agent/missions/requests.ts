import type { Params } from '../../protocol/requests.ts';
import type { Stamp } from '../../protocol/schemas/time.ts';
import type { StoredValue } from '../kernel/ports.ts';
import { isWrapped } from '../kernel/restore.ts';
import type { RequestContext } from '../request-context.ts';
import type { Entry } from './outbox.ts';
import type { Row } from './state.ts';

export const missionsRequests = {
  missions: {
    answer: (params: Params<'missions'>, { stored, robot }: RequestContext) =>
      listMissions(stored(), robot, params),
  },
};

/** The answer of `pilotfish missions`. Lists are oldest first and bounded: of more entries the newest are shown. */
export interface MissionList {
  readonly robot: string;
  readonly epoch: string | null;
  readonly open: {
    readonly missionId: string;
    readonly bodyMission: string;
    readonly initiator: string;
    readonly started: Stamp;
  } | null;
  /** Ended, and not confirmed by the cloud. */
  readonly waiting: Part<Report>;
  /** Rejected for good, never sent again. */
  readonly deadLetters: Part<DeadLetter>;
  /** Confirmed. */
  readonly history: Part<Report>;
  /** Reports that a bound dropped before the cloud had them, since the store was created. */
  readonly dropped: number;
  /** Stored by a newer release, or unreadable. */
  readonly unread: number;
  /** In quarantine because the missions machine crashed: never sent again, but still in the store. */
  readonly quarantined: number;
}

export interface Part<T> {
  readonly count: number;
  readonly newest: readonly T[];
}

export interface Report {
  readonly missionId: string;
  readonly bodyMission: string | null;
  readonly state: Entry['state'];
  readonly outcome: string;
  readonly initiator: string;
  readonly started: Stamp;
  readonly ended: Stamp;
  /** Seconds by the body's clock, and square metres. */
  readonly runS: number;
  readonly cleanedM2: number;
  readonly events: number;
  readonly mapId: string | null;
}

export interface DeadLetter extends Report {
  readonly code: string;
  readonly todo: string;
}

/** Entries of each list, without `all` and with it: an answer of the local API is bounded. */
const fewMax = 10;
const allMax = 500;
/** The newest format of the missions machine's values that this release reads. */
const readable = 1;

/**
 * The missions in the store. The missions machine restores the same values. They can be read in safe mode too, when
 * that machine does not run.
 */
export function listMissions(
  stored: readonly StoredValue[],
  robot: string,
  { all = false }: Params<'missions'>,
): MissionList {
  const most = all ? allMax : fewMax;
  const own = stored.filter(({ machine }) => machine === 'missions');
  const row = dataOf(own.find(({ key }) => key === '')) as Partial<Row> | undefined;
  const values = own.filter(({ key }) => key !== '').map(dataOf);
  const entries = values.filter(isEntry);
  const having = (...states: Entry['state'][]) =>
    entries.filter(({ state }) => states.includes(state));
  const part = <T>(some: readonly Entry[], show: (entry: Entry) => T): Part<T> => ({
    count: some.length,
    newest: some.slice(-most).map(show),
  });
  const { open = null, epoch = null, dropped = 0 } = row ?? {};
  return {
    ...{ robot, epoch },
    open: open && {
      ...{ missionId: open.missionId, bodyMission: open.body, initiator: open.initiator },
      started: open.started,
    },
    waiting: part(having('awaiting-map', 'unconfirmed'), reportOf),
    deadLetters: part(having('rejected'), (entry) => {
      const { code = 'unknown' } = entry;
      return { ...reportOf(entry), code, todo: todoOf(code) };
    }),
    history: part(having('confirmed'), reportOf),
    dropped,
    unread: values.length - entries.length,
    quarantined: stored.filter(
      ({ machine, key }) => machine === 'quarantine/missions' && key !== '',
    ).length,
  };
}

function dataOf(stored: StoredValue | undefined): unknown {
  const value = stored?.value;
  return isWrapped(value) && value.minReader <= readable ? value.data : undefined;
}

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && 'document' in value && 'state' in value;

function reportOf({ document, state }: Entry): Report {
  const { missionId, bodyMission = null, outcome = 'unknown', initiator } = document;
  return {
    ...{ missionId, bodyMission, state, outcome, initiator },
    started: document.started,
    ended: document.updated,
    runS: document.durations.runS,
    cleanedM2: document.area.cleanedM2,
    events: document.events.length,
    mapId: document.map?.id ?? null,
  };
}

const todos: Readonly<Record<string, string>> = {
  'ends-connection':
    'Each time it was sent, the connection ended. See the broker log for the reason: a limit of size or rate, or an access rule.',
  'too-large': 'It is larger than the cloud accepts. Compare the limits of cloud and robot.',
  'wrong-schema':
    'The cloud does not understand it. Is the cloud older than the robot? See its log.',
  'out-of-range': "A number in it is out of range. See the cloud's log, and check the body.",
  'foreign-robot': 'It names another robot. Was this store copied from another robot?',
};

const todoOf = (code: string): string =>
  (Object.hasOwn(todos, code) ? todos[code] : undefined) ??
  "See docs/protocol.md for the code, and the cloud's log for the rejection.";
