import { systemClock } from '../../base/clock.ts';
import { type CliIo, type Command, command } from '../../base/command.ts';
import { explain } from '../../base/errors.ts';
import { meteringRules, prices, typicalRobot } from './reports/aws-prices.ts';
import { billTable, connectionTable, idleTable } from './reports/bill.ts';
import { type CellResult, runCell } from './reports/cell.ts';
import { idleDayOf } from './reports/idle.ts';
import { installBaselines } from './reports/install.ts';
import { figuresOf, goalsOf, goalsText, tablesOf } from './reports/outcome.ts';
import { baselines, type Cell, links, planCells, shapes } from './reports/plan.ts';
import { startWorld, type World } from './reports/world.ts';

/** How mission reports arrive: Pilotfish and other clients, over the same bad links, into the same cloud. */
export const reportsBench: Command = command({
  summary: 'delivery and cost of mission reports over bad links; our client and others',
  options: {
    seed: {
      type: 'integer',
      default: 1,
      min: 0,
      max: 2 ** 31,
      describe: 'decides about all faults',
    },
    only: { type: 'string', value: 'BASELINE', words: baselines, describe: baselines.join(', ') },
    link: { type: 'string', value: 'LINK', words: links, describe: links.join(', ') },
    shape: { type: 'string', value: 'SHAPE', words: shapes, describe: shapes.join(', ') },
    missions: {
      type: 'integer',
      default: 24,
      min: 1,
      max: 1000,
      describe: 'of one row; for every eight of them, one round of 20 kept offline',
    },
    parallel: {
      type: 'integer',
      default: 10,
      min: 1,
      max: 32,
      describe: 'rows that run at the same time; most of one is waiting',
    },
    json: { type: 'boolean', describe: 'one JSON object' },
  },
  async run({ seed, missions, parallel, json, only, link, shape }, io) {
    const chosen = {
      baselines: only ? [only] : baselines,
      links: link ? [link] : links,
      shapes: shape ? [shape] : shapes,
    };
    const others = chosen.baselines.some((name) => name !== 'pilotfish');
    const hasOthers = others && (await installBaselines(io));
    const cells = planCells({
      ...{ ...chosen, missions, seed },
      baselines: chosen.baselines.filter((name) => name === 'pilotfish' || hasOthers),
    });
    if (cells.length === 0) return 1;
    const begunMs = systemClock.monoMs();
    await using world = await startWorld(io.signal);
    const results = await runAll(world, cells, { parallel, io });
    const goals = goalsOf(results);
    const ms = Math.round(systemClock.monoMs() - begunMs);
    if (json) {
      const about = { seed, missions, node: process.version, ms };
      const idleDay = idleDayOf('pilotfish', { days: typicalRobot.days, seed });
      const aws = { meteringRules, prices, typicalRobot };
      const rows = results.map((result) => ({ ...result, ...figuresOf(result) }));
      io.out(JSON.stringify({ ...about, aws, idleDay, goals, rows }));
    } else {
      const took = `seed ${seed}, ${(ms / 60_000).toFixed(1)} minutes`;
      const bill = [idleTable(results, seed), billTable(results, seed)];
      const parts = [tablesOf(results), connectionTable(results), ...bill];
      io.out([...parts, goalsText(goals), took].filter((part) => part !== '').join('\n\n'));
    }
    const isWhole = results.length === cells.length && (hasOthers || !others);
    return isWhole && goals.every(({ met, isVital }) => met || !isVital) ? 0 : 1;
  },
});

/**
 * Runs several cells at a time and reports each as it ends. A cell that cannot be run is reported and left out of the
 * results.
 */
async function runAll(
  world: World,
  cells: readonly Cell[],
  { parallel, io }: { parallel: number; io: CliIo },
): Promise<CellResult[]> {
  const results: CellResult[] = [];
  const waiting = [...cells.entries()];
  let ended = 0;
  const logResult = ({ baseline, link, shape }: Cell, what: string) => {
    ended += 1;
    const where = `${baseline} ${link} ${shape}`;
    io.err(`${`${ended}/${cells.length}`.padStart(6)}  ${where.padEnd(39)} ${what}`.slice(0, 80));
  };
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [number, cell] = next;
      try {
        const result = await runCell(world, cell, number + 1);
        results.push(result);
        const seconds = `${Math.round(result.ms / 1000)} s`;
        logResult(cell, `${result.missing} missing, ${result.doubles} double, ${seconds}`);
      } catch (error) {
        world.signal.throwIfAborted();
        logResult(cell, `failed: ${explain(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return results;
}
