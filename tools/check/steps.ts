/** One program of a check. `run` passes on the output as it comes, and returns whether the program succeeded. */
export interface Step {
  readonly name: string;
  run(print: (text: string) => void): Promise<boolean>;
}

/**
 * Runs lanes in parallel, and the steps of a lane one after the other. All run to their end, so that two errors are
 * both reported. Output appears in the order of the steps, never mixed: a step's output is live as soon as the steps
 * before it have ended. Returns the names of the failed steps.
 */
export async function runSteps(
  lanes: readonly (readonly Step[])[],
  write: (text: string) => void,
): Promise<string[]> {
  const failed: string[] = [];
  const outlets = lanes.flat().map((step) => createOutlet(step, write));
  const turn = () => {
    // The output of the first unfinished step is live; those before it have been printed in full.
    for (const outlet of outlets) if (!outlet.listen()) return;
  };
  turn();
  const runLane = async (steps: readonly Step[]) => {
    for (const step of steps) {
      const outlet = outlets.find((one) => one.step === step);
      const isWell = await step
        .run((text) => outlet?.print(text))
        .catch((error: unknown) => {
          outlet?.print(`${String(error)}\n`);
          return false;
        });
      if (!isWell) failed.push(step.name);
      outlet?.end(isWell);
      turn();
    }
  };
  await Promise.all(lanes.map(runLane));
  return outlets.map(({ step }) => step.name).filter((name) => failed.includes(name));
}

/** Buffers a step's output until its turn. */
function createOutlet(step: Step, write: (text: string) => void) {
  let buffered = '';
  let isReceived = false;
  let hasEnded = false;
  const print = (text: string) => {
    if (isReceived) write(text);
    else buffered += text;
  };
  return {
    step,
    print,
    end(isWell: boolean) {
      print(isWell ? `ok      ${step.name}\n` : `FAILED  ${step.name}\n`);
      hasEnded = true;
    },
    /** From now on this step's output is live. Returns whether the step has ended. */
    listen(): boolean {
      if (!isReceived) write(buffered);
      isReceived = true;
      return hasEnded;
    },
  };
}
