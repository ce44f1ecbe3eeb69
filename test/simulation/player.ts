import { type Played, type Task, traceText } from './task.ts';
import { play, type TraceLine } from './world/play.ts';
import { drawScenario } from './world/scenario.ts';

/**
 * A child process that runs scenarios one after another. A bug that ends or hangs the agent's process ends or hangs
 * this one, and the parent can still name the seed.
 */

const kept = 60;
const started = performance.now();

async function answer(task: Task): Promise<void> {
  const startMs = performance.now();
  const scenario = 'scenario' in task ? task.scenario : drawScenario(task.seed);
  const last: string[] = [];
  const { trace } = task;
  const outcome = await play(
    scenario,
    trace === undefined
      ? {}
      : {
          trace: (line) => {
            if (trace === 'keep' && isRoutine(line)) return;
            const text = trace === 'json' ? JSON.stringify(line) : traceText(line);
            if (trace !== 'keep') process.stdout.write(`${text}\n`);
            else if (last.push(text) > kept) last.shift();
          },
        },
  );
  say({ ...outcome, wallMs: performance.now() - startMs, trace: last });
}

/** Requested hourly in every run: these lines would hide what matters at the end of a trace. */
const isRoutine = ({ what }: TraceLine): boolean => /\/get(\/accepted)?$/.test(what);

const say = (message: Played | { ready: true; wallMs: number }) => void process.send?.(message);

process.on('message', (task: Task) => void answer(task));
process.on('disconnect', () => process.exit(0));
// Ctrl-C goes to the whole group; the parent decides when this process ends.
process.on('SIGINT', () => {});
// The reader of the trace has closed it.
process.stdout.on('error', () => process.exit(0));
say({ ready: true, wallMs: performance.now() - started });
