import { describe, expect, it } from 'vitest';
import { type Phase, readRow, resultOf } from '../../../agent/updates/row.ts';
import type { BootState } from '../../../hal/boot-control.ts';
import { linkUp, observed, timer } from '../../support/agent-body.ts';
import { feed, moment, summaries } from '../../support/agent-machine.ts';
import {
  checked,
  execution,
  jobOf,
  manifest,
  newSha,
  offer,
  oldSha,
  onNew,
  onOld,
  startedOn,
  storedJob,
  timeKnown,
  updates,
} from '../../support/agent-updates.ts';

const written = { state: 'complete', sha256: newSha } as const;
const armed = onOld({ state: 'trial', sha256: newSha }, { next: 'b' });
const fallback = { slot: 'b', reason: 'crashed', detail: 'exit code 1' } as const;
const fellBack = onOld({ state: 'bad', sha256: newSha }, { fallback });
const otherSha = 'c'.repeat(64);

const early: readonly Phase[] = ['downloading', 'renewing', 'waiting'];
const late: readonly Phase[] = ['arming', 'rebooting', 'verifying', 'confirming', 'giving-up'];
const all = [...early, ...late];

interface Row {
  readonly when: string;
  readonly phases: readonly Phase[];
  readonly boot: BootState | null;
  readonly job: string;
  readonly effects: readonly string[];
}

const verifies = { job: 'j1 verifying', effects: ['timer/set updates/health'] };
const waits = { job: 'j1 waiting', effects: [] };
const reinstalled = { job: 'j1 downloading', effects: ['update/install b'] };
const renewed = { job: 'j1 renewing', effects: [] };
const unknown = { job: 'j1 reporting FAILED unknown-outcome', effects: [] };

const rows: readonly Row[] = [
  { when: 'the new image runs, on trial', phases: all, boot: onNew('trial'), ...verifies },
  {
    when: 'the new image runs, confirmed: the floor may still be low',
    phases: all,
    boot: onNew('good'),
    job: 'j1 confirming',
    effects: ['update/confirm b'],
  },
  {
    when: 'the board fell back from the new image',
    phases: all,
    boot: fellBack,
    job: 'j1 reporting FAILED rolled-back',
    effects: [],
  },
  { when: 'the new image boots next', phases: all, boot: armed, ...waits },
  { when: 'the new image is complete', phases: all, boot: onOld(written), ...waits },
  {
    when: 'the new image is complete, and an older update had fallen back',
    phases: all,
    boot: onOld(written, { fallback }),
    ...waits,
  },
  { when: 'the slot is empty', phases: ['downloading'], boot: onOld(), ...reinstalled },
  {
    when: 'the slot is empty, and the URL is old',
    phases: ['renewing', 'waiting'],
    boot: onOld(),
    ...renewed,
  },
  { when: 'the slot is empty after the arming', phases: late, boot: onOld(), ...unknown },
  {
    when: 'another image is in the slot',
    phases: ['downloading'],
    boot: onOld({ state: 'complete', sha256: otherSha }),
    ...reinstalled,
  },
  {
    when: 'another image fell back from there',
    phases: ['downloading'],
    boot: onOld({ state: 'bad', sha256: otherSha }, { fallback }),
    ...reinstalled,
  },
  {
    when: 'another image is in the slot, and the URL is old',
    phases: ['renewing', 'waiting'],
    boot: onOld({ state: 'complete', sha256: otherSha }),
    ...renewed,
  },
  {
    when: 'another image runs in the slot',
    phases: early,
    boot: onNew('good', otherSha),
    job: 'none',
    effects: [],
  },
  {
    when: 'another image runs in the slot, after the arming',
    phases: late,
    boot: onNew('good', otherSha),
    ...unknown,
  },
  {
    when: 'the board has no such slot',
    phases: ['downloading'],
    boot: { ...onOld(), slots: [] },
    ...reinstalled,
  },
  {
    when: 'the manifest was not verified yet',
    phases: ['checking'],
    boot: onOld(),
    job: 'none',
    effects: [],
  },
];

describe('the updates machine after a start during a job', () => {
  for (const { when, phases, boot, job, effects } of rows) {
    it.each(phases)(`has the job ${job} (was %s) when ${when}`, (phase) => {
      const step = feed(updates, [startedOn(boot)], storedJob(phase));
      expect(jobOf(step.state)).toBe(job);
      expect(summaries(step)).toEqual(effects);
    });
  }

  it.each(all)('changes nothing while the board does not answer (%s)', (phase) => {
    const step = feed(updates, [startedOn(null)], storedJob(phase));
    expect(jobOf(step.state)).toBe(`j1 ${phase}`);
    expect(summaries(step)).toEqual([]);
  });

  it("reports an unreported end, whatever the board's state", () => {
    const result = { status: 'SUCCEEDED', reason: 'confirmed', detail: 'b' } as const;
    const saved = storedJob('reporting', result);
    const step = feed(updates, [startedOn(fellBack), linkUp], saved);
    expect(summaries(step)).toEqual(['publish jobs/j1/update', 'timer/set updates/request']);
    expect(jobOf(step.state)).toBe('j1 reporting SUCCEEDED confirmed');
  });

  it("reports a roll-back with the board's reason, and never tries that image again", () => {
    const { state } = feed(updates, [startedOn(fellBack)], storedJob('rebooting'));
    const { job } = state.row;
    expect(job && resultOf(job)?.detail).toBe('crashed: exit code 1');
    expect(state.row.failedImages).toEqual([newSha]);
  });

  it.each([
    ['crashed', [newSha]],
    ['hung', [newSha]],
    ['unconfirmed', []],
  ] as const)('remembers the image of a trial that ended as %s: %j', (reason, failed) => {
    const fallback = { slot: 'b', reason, detail: '' };
    const { state } = feed(updates, [startedOn({ ...fellBack, fallback })], storedJob('verifying'));
    expect(jobOf(state)).toBe('j1 reporting FAILED rolled-back');
    expect(state.row.failedImages).toEqual(failed);
  });

  it.each([
    ['of a trial that fell back', { ...fellBack, fallback: { ...fallback, starts: 3 } }, '3'],
    ['of a trial whose starts the board does not know', fellBack, undefined],
    [
      'of a damaged slot, which was not started',
      { ...fellBack, fallback: { ...fallback, starts: 0 } },
      undefined,
    ],
  ])('reports the number of starts %s', (_what, boot, trialStarts) => {
    const { effects = [] } = feed(updates, [startedOn(boot), linkUp], storedJob('rebooting'));
    const report = effects.find(({ type }) => type === 'publish') as { payload?: object };
    expect(report.payload).toMatchObject({ status: 'FAILED' });
    expect((report.payload as { statusDetails: object }).statusDetails).toEqual(
      expect.objectContaining({ reason: 'rolled-back', ...(trialStarts && { trialStarts }) }),
    );
    expect(JSON.stringify(report).includes('trialStarts')).toBe(trialStarts !== undefined);
  });

  it('does not report the starts of an image before for a job without one', () => {
    const boot = { ...fellBack, fallback: { ...fallback, starts: 3 } };
    const offered = offer({ ...execution('j2'), jobDocument: { operation: 'other' } });
    const { effects = [] } = feed(updates, [startedOn(boot), linkUp, timeKnown, offered]);
    const report = effects.find(({ type }) => type === 'publish') as { payload?: object };
    expect(report.payload).toMatchObject({ status: 'REJECTED' });
    expect(JSON.stringify(report)).not.toContain('trialStarts');
  });

  it('reports the start in which an image is confirmed', () => {
    const boot = onNew('trial');
    const slots = boot.slots.map((slot) =>
      slot.name === 'b' ? { ...slot, attempts: 3, attemptsLeft: 1 } : slot,
    );
    const confirmed = { type: 'update/confirmed', jobId: 'j1' } as const;
    const step = feed(
      updates,
      [startedOn({ ...boot, slots }), linkUp, observed(), confirmed],
      storedJob('rebooting'),
    );
    expect(jobOf(step.state)).toBe('j1 reporting SUCCEEDED confirmed');
    expect(step.effects).toContainEqual(
      expect.objectContaining({
        payload: expect.objectContaining({
          statusDetails: expect.objectContaining({ trialStarts: '2' }),
        }),
      }),
    );
  });

  it('waits with an armed image until the robot is idle, and arms it again', () => {
    const step = feed(updates, [startedOn(armed), observed()], storedJob('rebooting'));
    expect(summaries(step)).toEqual(['update/arm b', 'publish jobs/j1/update']);
  });
});

describe('the updates machine after the loss of the store during an update', () => {
  const offered = [linkUp, timeKnown, offer(execution('j1', { status: 'IN_PROGRESS' })), checked()];

  it.each([
    ['good', 'j1 confirming', ['update/confirm b']],
    ['trial', 'j1 verifying', ['timer/set updates/health']],
  ] as const)('does not install the running image (%s) again', (state, job, effects) => {
    const step = feed(updates, [startedOn(onNew(state)), ...offered]);
    expect(jobOf(step.state)).toBe(job);
    expect(summaries(step)).toEqual(effects);
  });

  it('confirms an image on trial at once when body and cloud respond', () => {
    const step = feed(updates, [startedOn(onNew('trial')), observed(), ...offered]);
    expect(summaries(step)).toContain('update/confirm b');
    expect(jobOf(step.state)).toBe('j1 confirming');
  });

  it('installs another image', () => {
    const other = checked('j1', { ...manifest, sha256: oldSha });
    const step = feed(updates, [startedOn(onNew('good')), ...offered.slice(0, 3), other]);
    expect(summaries(step)[0]).toBe('update/install a');
  });
});

describe('the updates machine during a trial', () => {
  const trial = [startedOn(onNew('trial'))];
  const stored = storedJob('rebooting');
  const confirms = ['timer/clear updates/health', 'update/confirm b'];

  it.each([
    ['does not confirm with the cloud alone', [...trial, linkUp], []],
    ['does not confirm with the body alone', [...trial, observed()], []],
    ['confirms with both', [...trial, linkUp, observed()], confirms],
    ['confirms with both in any order', [...trial, observed(), linkUp], confirms],
  ] as const)('%s', (_name, events, effects) => {
    expect(summaries(feed(updates, events, stored))).toEqual(effects);
  });

  it('reboots into the old slot after the timeout, and repeats the request until it happens', () => {
    const rebooting = feed(updates, [...trial, timer('updates/health')], stored);
    expect(jobOf(rebooting.state)).toBe('j1 giving-up');
    expect(summaries(rebooting)).toEqual(['system/reboot', 'timer/set updates/check']);
    const again = updates.step(rebooting.state, timer('updates/check'), moment);
    expect(summaries(again)).toEqual(['system/reboot', 'timer/set updates/check']);
    expect(again.state.row).not.toBe(rebooting.state.row);
  });

  it('ignores the timeout once the image is healthy', () => {
    const events = [...trial, linkUp, observed(), timer('updates/health')];
    expect(jobOf(feed(updates, events, stored).state)).toBe('j1 confirming');
  });

  it('retries a failed confirmation without end, because the slot may be confirmed', () => {
    const notConfirmed = {
      type: 'update/not-confirmed',
      jobId: 'j1',
      code: 'unavailable',
    } as const;
    const step = feed(updates, [...trial, linkUp, observed(), notConfirmed], stored);
    expect(summaries(step)).toEqual(['timer/set updates/check']);
    const again = updates.step(step.state, timer('updates/check'), moment);
    expect(summaries(again)).toEqual(['update/confirm b']);
    expect(jobOf(again.state)).toBe('j1 confirming');
  });
});

describe('an image that was lost while the robot worked', () => {
  it('is requested again when the link is up, with the fault in the view', () => {
    const step = feed(updates, [startedOn(onOld()), linkUp], storedJob('waiting'));
    expect(summaries(step)).toEqual(['publish jobs/$next/get', 'timer/set updates/request']);
    expect(updates.view(step.state)).toMatchObject({ job: { fault: 'image-lost' } });
    const again = [timeKnown, offer(execution('j1', { status: 'IN_PROGRESS' })), checked()];
    const installs = feed(updates, [startedOn(onOld()), linkUp, ...again], storedJob('waiting'));
    expect(jobOf(installs.state)).toBe('j1 downloading');
  });
});

describe('a malformed stored row', () => {
  const phases: readonly Phase[] = ['checking', ...all, 'reporting'];

  it.each(phases)(
    'has its job dropped in the phase %s when a field of that phase is missing',
    (phase) => {
      const { job } = storedJob(phase).row as { job: object };
      expect(readRow({ job }).job).toEqual(job);
      // A job that was rejected before its manifest was trusted has none.
      const needed = Object.keys(job).filter(
        (name) => phase !== 'reporting' || name !== 'manifest',
      );
      for (const name of needed) {
        const { [name]: _gone, ...rest } = job as Record<string, unknown>;
        expect(readRow({ job: rest }), name).toEqual({ job: null, failedImages: [] });
      }
    },
  );

  it.each([null, 7, 'x', [], {}, { job: {} }, { job: { phase: 'toString' } }, { failedImages: 7 }])(
    'is ignored: %j',
    (row) => {
      const saved = { row: row as object | null, items: new Map() };
      const step = feed(updates, [startedOn(onOld()), linkUp], saved);
      expect(summaries(step)).toEqual(['publish jobs/$next/get', 'timer/set updates/request']);
      expect(updates.view(step.state)).toEqual({ job: null, failedImages: 0 });
    },
  );

  it('has remembered ends without an id dropped', () => {
    const result = { status: 'FAILED', reason: 'x', detail: '' };
    const one = { jobId: 'j1', run: '', result };
    expect(readRow({ ended: [{}, one, { jobId: 'j2' }] }).ended).toEqual([one]);
  });
});
