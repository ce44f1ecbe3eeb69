/** One program of a check. `run` says what it says as it comes, and whether all was well. */
export interface Step {
  readonly name: string;
  run(say: (text: string) => void): Promise<boolean>;
}

/**
 * Runs lanes beside one another, the steps of a lane one after the other, and all of them to their end: who has broken two
 * things learns of both at once. What they say comes out in the order of the steps, never mixed: a step is heard live as
 * soon as those before it have ended. Answers the names of the steps that failed.
 */
export async function runSteps(
  lanes: readonly (readonly Step[])[],
  write: (text: string) => void,
): Promise<string[]> {
  const failed: string[] = [];
  const outlets = lanes.flat().map((step) => createOutlet(step, write));
  const turn = () => {
    // The first that has not ended is heard; those before it have been heard out.
    for (const outlet of outlets) if (!outlet.listen()) return;
  };
  turn();
  const runLane = async (steps: readonly Step[]) => {
    for (const step of steps) {
      const outlet = outlets.find((one) => one.step === step);
      const isWell = await step
        .run((text) => outlet?.say(text))
        .catch((error: unknown) => {
          outlet?.say(`${String(error)}\n`);
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

/** Keeps what a step says until it is its turn. */
function createOutlet(step: Step, write: (text: string) => void) {
  let held = '';
  let isReceived = false;
  let hasEnded = false;
  const say = (text: string) => {
    if (isReceived) write(text);
    else held += text;
  };
  return {
    step,
    say,
    end(isWell: boolean) {
      say(isWell ? `ok      ${step.name}\n` : `FAILED  ${step.name}\n`);
      hasEnded = true;
    },
    /** From now on this step is heard. Answers whether it has ended. */
    listen(): boolean {
      if (!isReceived) write(held);
      isReceived = true;
      return hasEnded;
    },
  };
}
