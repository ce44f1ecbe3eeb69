import { describe, expect, it } from 'vitest';
import { PilotfishError } from '../../../base/errors.ts';
import { placesIn } from '../../../tools/demo/places.ts';
import { runStep } from '../../../tools/demo/run-step.ts';
import { createScreen } from '../../../tools/demo/screen.ts';
import { silentDemo } from '../../support/system-demo.ts';

/** Runs a step that is ended by `reason`; returns what is thrown and what is shown. */
async function endedBy(reason: unknown) {
  const stop = new AbortController();
  let shown = '';
  const write = (text: string) => {
    shown += text;
  };
  const screen = createScreen({
    style: 'plain',
    isColoured: false,
    hasLinks: false,
    columns: 80,
    write,
  });
  const world = { ...silentDemo(placesIn('/tmp/pf-x')), screen, signal: stop.signal };
  const work = async () => {
    stop.abort(reason);
    throw new Error('the connection has broken');
  };
  const step = { number: 4, title: 'A step', work };
  const thrown: unknown = await runStep(world, step).catch((error: unknown) => error);
  return { thrown, shown };
}

describe('a step of the demo', () => {
  it('has not failed when it is stopped on request', async () => {
    const { thrown, shown } = await endedBy('SIGINT');
    expect(thrown).toMatchObject({
      code: 'demo-stopped',
      message: 'stopped on request, in step 4, "A step"',
    });
    expect(shown).toMatch(/stopped, \d/);
    expect(shown).not.toContain('failed');
  });

  it('fails when a process has crashed, and names that process', async () => {
    const { thrown, shown } = await endedBy(new PilotfishError('process-fallen', 'it has ended'));
    expect(thrown).toMatchObject({
      code: 'demo-failed',
      message: 'step 4, "A step": it has ended',
      hint: 'the logs are in /tmp/pf-x/logs',
    });
    expect(shown).toMatch(/failed, \d/);
  });
});
