import { isDeepStrictEqual } from 'node:util';
import type { Write } from '../../../agent/kernel/ports.ts';
import type { Entry } from '../../../agent/missions/outbox.ts';
import { knownMax, type Row } from '../../../agent/missions/state.ts';
import type { World } from './world.ts';

/** What must hold for the robot's store at every commit. */
export class StoreRules {
  /** Missions, by the body's name, whose reports a bound dropped before the cloud had confirmed them. */
  readonly dropped = new Set<string>();
  /** Confirmed in this run of the agent. The confirmation may be stored later, and is lost with the run. */
  readonly #confirmed = new Set<string>();
  /** Missions whose end, or the end of whose entry, is in the current commit. */
  #gone: string[] = [];
  /** Machines that have more values than before. */
  readonly #grown = new Set<string>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  runBegins(): void {
    this.#confirmed.clear();
  }

  confirmed(missionId: string): void {
    this.#confirmed.add(missionId);
  }

  wrote({ machine, key, value }: Write, before: unknown): void {
    if (before === undefined) this.#grown.add(machine);
    if (machine !== 'missions') return;
    if (key === '') this.#rowWritten(dataOf(value) as Row, dataOf(before) as Row | undefined);
    else if (!this.#confirmed.has(key))
      this.#entryWritten(dataOf(value) as Entry | undefined, dataOf(before) as Entry);
  }

  /** 7: every collection is bounded at every moment. */
  committed(): void {
    const { disk, config, rules } = this.#world;
    if (this.#gone.length > 0) this.#count();
    // Besides the machine's row.
    const most = { missions: config.missions.reportsMax + 1, commands: 64 + 16 + 1, maps: 9 };
    for (const [machine, max] of Object.entries(most)) {
      const count = this.#grown.delete(machine) ? disk.count(machine) : 0;
      if (count > max) rules.broken('7', `${machine} has ${count} values in the store`);
    }
    // The newest quarantine of each machine is kept.
    const times = rules.safeMode.safeModes > 0 ? 2 : 1;
    if (disk.values > times * valuesMax) rules.broken('7', `${disk.values} values are stored`);
    if (disk.bytes > times * bytesMax) rules.broken('7', `${disk.bytes} bytes are stored`);
  }

  /** 1: a report that is dropped before the cloud has it is counted; it may have been kept under another id. */
  #count(): void {
    const own = [...this.#world.disk.valuesOf('missions')].filter(([key]) => key !== '');
    const kept = new Set(own.map(([, value]) => (dataOf(value) as Entry).document.bodyMission));
    for (const id of this.#gone.splice(0)) if (!kept.has(id)) this.dropped.add(id);
  }

  /** 7: progress costs no write, so a written row changes something about the missions. */
  #rowWritten(row: Row, before: Row | undefined): void {
    const { rules } = this.#world;
    if (before && isDeepStrictEqual(inShort(row), inShort(before))) {
      rules.broken('7', 'the store was written to and nothing of a mission has changed');
    }
    // A mission may end and have no room in the same turn.
    this.#gone.push(...row.known.filter((id) => !before?.known.includes(id)));
    if (row.known.length > knownMax) rules.broken('7', `${row.known.length} missions are known`);
  }

  /** 7: only ended missions are stored. */
  #entryWritten(entry: Entry | undefined, before: Entry): void {
    const { rules } = this.#world;
    if (entry?.document.ended === false) rules.broken('7', 'progress is stored');
    const isLost = before?.state === 'unconfirmed' || before?.state === 'awaiting-map';
    const { bodyMission } = before?.document ?? {};
    if (entry === undefined && isLost && bodyMission !== undefined) this.#gone.push(bodyMission);
  }
}

const dataOf = (value: unknown): unknown => (value as { data: unknown } | null | undefined)?.data;

const inShort = ({ epoch, nextN, open, known, dropped }: Row) => ({
  epoch,
  nextN,
  open: open && [open.missionId, open.body],
  known,
  dropped,
});

/** Reports, commands and maps at their bounds, and the machines' rows. */
const valuesMax = 500 + 64 + 16 + 8 + 13;
const bytesMax = 2.5 * 1024 * 1024;
