import { createProcesses, type Processes, type Program } from '../../tools/demo/processes.ts';

/** A program of the world that stays, such as the cloud or the board: it may be ended and started again. */
export interface Part extends AsyncDisposable {
  /** Starts it and answers the JSON line by which it said that it is ready. Each life has a log `NAME-N.log`. */
  start(program: Program, args: readonly string[]): Promise<Record<string, unknown>>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it is gone. */
  stop(): Promise<void>;
  /** Whether it has ended by itself since it was started. */
  readonly hasFallen: boolean;
}

/** A part that has not been started yet; its logs go into the folder `logs`. */
export function createPart(logs: string): Part {
  const never = new AbortController().signal;
  let life: Processes | undefined;
  let lives = 0;
  const stop = async () => {
    await life?.[Symbol.asyncDispose]();
    life = undefined;
  };
  return {
    async start(program, args) {
      await stop();
      lives += 1;
      life = createProcesses(logs, never);
      return life.serve({ ...mortal(program), name: `${program.name}-${lives}` }, args);
    },
    async kill() {
      life?.killNow();
      await stop();
    },
    stop,
    get hasFallen() {
      return life?.fallen.aborted ?? false;
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** A test run that is itself killed cleans nothing up: so the kernel ends the program when its parent has died. */
const mortal = ({ name, command, args }: Program): Program => ({
  name,
  command: 'setpriv',
  args: ['--pdeathsig', 'TERM', '--', command, ...args],
});
