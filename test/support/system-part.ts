import { createProcesses, type Processes, type Program } from '../../tools/demo/processes.ts';

/** A program of the world that keeps running, such as the cloud or the board: it may be ended and started again. */
export interface Part extends AsyncDisposable {
  /** Starts it and returns its ready line, which is JSON. Each run has a log `NAME-N.log`. */
  start(program: Program, args: readonly string[]): Promise<Record<string, unknown>>;
  /** SIGKILL; resolves when it has ended. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<void>;
  /** Whether it has ended by itself since it was started. */
  readonly hasFallen: boolean;
}

/** A part that has not been started yet; its logs go into the folder `logs`. */
export function createPart(logs: string): Part {
  const never = new AbortController().signal;
  let run: Processes | undefined;
  let runs = 0;
  const stop = async () => {
    await run?.[Symbol.asyncDispose]();
    run = undefined;
  };
  return {
    async start(program, args) {
      await stop();
      runs += 1;
      run = createProcesses(logs, never);
      return run.serve({ ...mortal(program), name: `${program.name}-${runs}` }, args);
    },
    async kill() {
      run?.killNow();
      await stop();
    },
    stop,
    get hasFallen() {
      return run?.fallen.aborted ?? false;
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
