import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectedOf } from '../../../base/option.ts';
import { commandOptions, showCommands } from '../../../cloud-stub/cli/commands.ts';
import { showExecution, showJobs } from '../../../cloud-stub/cli/jobs.ts';
import { desiredExample, readDesired } from '../../../cloud-stub/cli/shadow.ts';
import { listen } from '../../../cloud-stub/listen.ts';
import type { JobTable } from '../../../cloud-stub/operator-client.ts';
import type { CommandRow } from '../../../cloud-stub/rows.ts';
import { FACTORY_SETTINGS } from '../../../hal/sim/body/settings.ts';

describe('--desired', () => {
  it.each([
    desiredExample,
    '{"settings":{"passes":null}}',
    '{"settings":null}',
    '{"settings":{},"note":1}',
  ])('accepts %s', (text) => {
    expect(readDesired(text)).toEqual(JSON.parse(text));
  });

  it.each(['{"passes":2}', '{}', '{"settings":2}', '{"settings":[]}'])('rejects %s', (text) => {
    expect(() => readDesired(text)).toThrow(
      expect.objectContaining({ code: 'usage', hint: `for example: '${desiredExample}'` }),
    );
  });

  it.each(['{', '[]', 'null', '2'])('rejects %s as not an object', (text) => {
    expect(() => readDesired(text)).toThrow('--desired: expected a JSON object');
  });
});

it('docs/cloud-stub.md lists each setting of the simulated board', () => {
  const text = readFileSync(
    join(import.meta.dirname, '..', '..', '..', 'docs', 'cloud-stub.md'),
    'utf8',
  );
  const unsaid = Object.keys(FACTORY_SETTINGS).filter(
    (name) => !text.includes(`\n| \`${name}\` |`),
  );
  expect(unsaid).toEqual([]);
});

describe('a command', () => {
  const row: CommandRow = {
    robot: 'R1',
    command: { v: 1, id: 'c1', command: 'dock', issuedMs: 0, expiresMs: 0, initiator: 'cloud' },
    status: 'sent',
    createdMs: 0,
    sends: 0,
  };

  it('is shown as waiting until it was sent', () => {
    const shown = (more: Partial<CommandRow> = {}) =>
      showCommands([{ ...row, ...more }], { isOfOne: true });
    expect(shown()).toMatch(/ dock +waiting +0 /);
    expect(shown({ sends: 1 })).toMatch(/ dock +sent +1 /);
    expect(shown({ status: 'lapsed' })).toMatch(/ dock +lapsed +0 /);
  });

  it('is rejected when its word is unknown', () => {
    const { send } = commandOptions;
    expect(expectedOf(send, 'dock')).toBeUndefined();
    for (const word of ['fly', 'unknown']) {
      expect(expectedOf(send, word)).toBe('one of start, pause, resume, stop, dock, locate');
    }
  });
});

describe('one job', () => {
  const job = {
    ...({ jobId: 'j1', status: 'CANCELED', targetSelection: 'CONTINUOUS' } as const),
    ...{ targets: [], createdMs: 0, changedMs: 0, executions: [] },
  };
  const detailsIn = (more: Partial<JobTable['jobs'][number]>) =>
    showJobs({ jobs: [{ ...job, ...more }], omitted: 0 }).split('\n\n')[1];

  it('is shown with its groups, its times, and why it was canceled', () => {
    const window = { startTime: 'cron(0 22 * * ? *)', durationInMinutes: 60 };
    const schedule = { endTime: '2027-01-02 10:00', maintenanceWindows: [window] };
    const why = { reasonCode: 'ABORT_CRITERIA_MET', comment: 'bad\nimage' };
    expect(detailsIn({ groups: ['hall', 'yard'], schedule, ...why })?.split('\n')).toEqual([
      'job j1',
      '  groups  hall, yard (CONTINUOUS)',
      '  window  cron(0 22 * * ? *) (UTC), for 60 minutes',
      '  ends    2027-01-02 10:00 (UTC), by STOP_ROLLOUT',
      '  why     ABORT_CRITERIA_MET: bad image',
    ]);
    expect(detailsIn({ schedule: { startTime: '2027-01-02T10:00+01:00' } })).toBe(
      'job j1\n  starts  2027-01-02T10:00+01:00',
    );
  });

  it('is shown without a paragraph of its own when it has none of these', () => {
    expect(detailsIn({})).toBe('no executions');
  });
});

it('shows every detail that the robot reported of a job, in 80 columns', () => {
  const shown = showExecution({
    jobId: 'to-1-1-0',
    status: 'REJECTED',
    statusDetails: {
      detailsMap: {
        step: 'reporting',
        reason: `${'many words '.repeat(12)}end`,
        hash: 'f'.repeat(200),
      },
    },
    queuedAt: 0,
    lastUpdatedAt: 0,
    versionNumber: 7,
  });
  const lines = shown.split('\n');
  expect(lines.slice(0, 3)).toEqual([
    'STATUS    REV  CHANGED               JOB',
    'REJECTED  7    1970-01-01 00:00:00Z  to-1-1-0',
    '  step: reporting',
  ]);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  const text = lines.map((line) => line.trim()).join(' ');
  expect(text).toContain(`reason: ${'many words '.repeat(12)}end`);
  expect(text.replaceAll(' ', '')).toContain(`hash:${'f'.repeat(200)}`);
});

describe('a port', () => {
  const localApi = { name: 'MQTT', option: 'mqtt-port', address: '127.0.0.1' };
  const hint = 'choose another with --mqtt-port; 0 selects a free one';

  it('is named with a hint when another program uses it', async () => {
    await using first = createServer();
    const port = await listen(first, { ...localApi, port: 0 });
    await expect(listen(createServer(), { ...localApi, port })).rejects.toMatchObject({
      ...{ code: 'port-in-use', hint },
      message: `MQTT: port ${port} of 127.0.0.1 is in use`,
    });
  });

  it('has an error of its own when it needs more rights', async () => {
    // Root may listen anywhere, so the system's answer is given here.
    const server = createServer();
    server.listen = () => {
      const error = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
      process.nextTick(() => server.emit('error', error));
      return server;
    };
    await expect(
      listen(server, { ...localApi, address: undefined, port: 88 }),
    ).rejects.toMatchObject({
      ...{ code: 'port-forbidden', hint },
      message: 'MQTT: no right to listen on port 88',
    });
  });
});
