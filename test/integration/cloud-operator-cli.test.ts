import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectRobot } from '../support/cloud-client.ts';
import { operate } from '../support/cloud-commands.ts';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { until } from '../support/cloud-until.ts';
import { epoch, missionDocument } from '../support/cloud-world.ts';

const png = Buffer.from('a picture');
const sha256 = createHash('sha256').update(png).digest('hex');
const [ended, open, lost] = [`${epoch}-1`, `${epoch}-2`, `${epoch}-3`];
const at = (wallMs: number) => {
  const stamp = { wallMs, quality: 'synced', boot: 1, monoMs: 1 } as const;
  return { started: stamp, updated: { ...stamp, wallMs: wallMs + 60_000 } };
};
const day = Date.parse('2026-11-21T10:00:00Z');

let world: TestStub;
let certificateId = '';
let commandId = '';
/** Prints at most 80 columns on success, and nothing on the other stream. */
async function show(...argv: string[]): Promise<string> {
  const said = await operate(world.stub.ready.dir, argv);
  expect(said).toMatchObject({ code: 0, err: '' });
  for (const line of said.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  return said.out;
}
const showJson = async (...argv: string[]): Promise<unknown> => {
  const out = await operate(world.stub.ready.dir, [...argv, '--json']);
  expect(out.out.trimEnd()).not.toContain('\n');
  return JSON.parse(out.out);
};

/** R1 has done something of each kind and is connected; R2 has been connected, R3 is blocked, R4 decommissioned, R5 never admitted. */
beforeAll(async () => {
  world = await startTestStub({ cloud: { confirmWindowMs: 0 } });
  const { identity, robot } = await world.enter('R1');
  ({ certificateId } = identity);
  await robot.subscribe('robots/R1/down/#', '$aws/things/R1/#');
  const map = { id: 'map-1', size: png.length, sha256, type: 'image/png' };
  const ids = { bodyMission: 'b1', map };
  const reports = [
    missionDocument({ missionId: ended, ended: true, ...at(day), ...ids }),
    missionDocument({ missionId: open, ...at(day + 3_600_000), phase: 'run' }),
  ];
  robot.publish('robots/R1/up/missions/report', { v: 1, reports });
  await until(() => world.stub.cloud.rows.list('missions').length === 2);
  const [row] = await world.operator.missions({ mission: ended });
  await world.operator.putObject(row?.map?.objectKey ?? '', png, 'image/png');
  const agent = { version: '1.2.3', slot: 'b' };
  await world.operator.updateShadow('R1', { reported: { agent } });
  ({
    command: { id: commandId },
  } = await world.operator.sendCommand({ robot: 'R1', command: 'dock', lifeMs: 60_000 }));
  await world.operator.createJob({ jobId: 'j1', targets: ['R1'], document: {} });
  for (const name of ['R2', 'R3', 'R4']) {
    const entered = await world.enter(name);
    await entered.robot[Symbol.asyncDispose]();
    await until(() => world.stub.cloud.rows.get('presence', name)?.state === 'disconnected');
  }
  await world.operator.updateCertificatesOf('R3', 'INACTIVE');
  await world.operator.decommission('R4', true);
  const pending = await connectRobot(world.stub.ready, await world.mint('R5'));
  expect(pending.attempt).toBe('closed');
}, 60_000);
afterAll(() => world[Symbol.asyncDispose]());

describe('status', () => {
  it('lists each robot with its connection, or why there is none, and its last activity', async () => {
    const lines = (await show('status')).split('\n');
    const row = (name: string) => lines.find((line) => line.startsWith(`${name} `)) ?? '';
    expect(lines[0]).toMatch(/SINCE \(UTC\) +VERSION +LAST MISSION +JOB/);
    expect(row('R1')).toMatch(/^R1 +connected +20\S+ \S+ +1\.2\.3 +(open|completed) +QUEUED/);
    expect(row('R2')).toMatch(/^R2 +disconnected +20\S+ \S+ +- +- +-$/);
    expect(row('R3')).toMatch(/^R3 +blocked +20/);
    expect(lines).toContain('  R3  certificate INACTIVE');
    expect(lines).toContain('  R4  decommissioned by an operator');
    expect(lines).toContain('  R5  refused: pending');
    expect(row('R4')).toMatch(/^R4 +decommissioned +20/);
    expect(row('R5')).toMatch(/^R5 +never seen +- /);
  });

  it('shows details of one robot, and rejects an unknown one', async () => {
    const text = await show('status', '--robot', 'R1');
    expect(text).toMatch(/^R1\n {2}link +connected since 20\S+ \S+Z\n/);
    expect(text).toMatch(/ {2}agent +1\.2\.3, slot b\n/);
    expect(text).toMatch(/ {2}job +j1: QUEUED/);
    const none = await operate(world.stub.ready.dir, ['status', '--robot', 'R9']);
    expect(none).toMatchObject({ code: 1, out: '' });
    expect(none.err).toBe(
      'cloud-stub: Thing R9 not found (resource-not-found)\n  cloud-stub status lists the robots, cloud-stub refusals what was not let in\n',
    );
  });
});

describe('missions', () => {
  it('shows times in UTC, and no phase in the column of outcomes', async () => {
    const [head = '', ...rows] = (await show('missions')).split('\n');
    expect(head).toMatch(/^MISSION +ROBOT +BEGAN \(UTC\) +STATUS +OUTCOME/);
    expect(rows[0]).toMatch(/-1 +R1 +2026-11-21 10:00 +ended +completed .* stored$/);
    expect(rows[1]).toMatch(/-2 +R1 +2026-11-21 11:00 +open +- /);
    expect(rows.join()).not.toContain('run');
  });

  it('is limited by mission, time and number, and says how much was left out', async () => {
    const one = await show('missions', '--mission', ended);
    expect(one).toMatch(/^mission \S+-1\n {2}robot +R1\n/);
    expect(one).toMatch(/ {2}began +2026-11-21 10:00:00Z, by /);
    expect(one).toMatch(new RegExp(` {2}object +${'maps/'}`));
    const last = await show('missions', '--limit', '1');
    expect(last).toContain('1 older ones are not shown');
    expect(last).not.toContain(`${ended} `);
    expect(await show('missions', '--since', '2099-01-01')).toBe('no missions\n');
    expect(await show('missions', '--since', '2020-01-01T00:00')).toContain(ended);
    expect(await show('missions', '--mission', lost)).toBe('no such mission\n');
  });

  it.each([
    ['--since', 'yesterday', /--since is "yesterday"/],
    ['--limit', '0', /--limit is "0"/],
    ['--limit', '1.5', /--limit is "1.5"/],
  ])('rejects %s %s', async (option, value, line) => {
    const said = await operate(world.stub.ready.dir, ['missions', option, value]);
    expect(said).toMatchObject({ code: 2, out: '' });
    expect(said.err).toMatch(line);
  });
});

describe('jobs', () => {
  it('lists all jobs, those of a robot, one with its robots, and one on one robot', async () => {
    const row = /^JOB .*\nj1 +IN_PROGRESS +20\S+ \S+ +R1 +QUEUED 1/;
    expect(await show('jobs')).toMatch(row);
    expect(await show('jobs', '--robot', 'R2')).toBe('no jobs\n');
    const unknown = await operate(world.stub.ready.dir, ['jobs', '--robot', 'R9']);
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('Thing R9 not found') });
    expect(await show('jobs', '--job', 'j1')).toMatch(/\n\nROBOT .*\nR1 +QUEUED/);
    expect(await show('jobs', '--job', 'j1', '--robot', 'R1')).toMatch(/^STATUS .*\nQUEUED .* j1/);
    expect(await showJson('jobs')).toMatchObject({ jobs: [{ jobId: 'j1' }], omitted: 0 });
  });

  it('cancels a job and deletes it', async () => {
    const made = ['--job', 'j2', '--robot', 'R1'];
    const document = join(world.folder, 'job.json');
    await writeFile(document, '{"a":1}');
    expect(await show('jobs', ...made, '--document', document)).toContain('QUEUED');
    expect(await show('jobs', '--job', 'j2', '--cancel')).toMatch(/^JOB .*\nj2 +CANCELED/);
    const twice = await operate(world.stub.ready.dir, ['jobs', ...made, '--cancel', '--force']);
    expect(twice).toMatchObject({ code: 1, out: '' });
    expect(twice.err).toContain('the execution is CANCELED');
    expect(await show('jobs', '--job', 'j2', '--delete')).not.toContain('j2');
    const gone = await operate(world.stub.ready.dir, ['jobs', '--job', 'j2', '--delete']);
    expect(gone.err).toContain('Job j2 cannot be found');
  });

  it.each(['j1 ', 'j1 x', 'j1?force=true', 'j1/x', 'j1#', '%6a1'])(
    'leaves job j1 alone when %j is named',
    async (id) => {
      const document = join(world.folder, 'job.json');
      await writeFile(document, '{"a":1}');
      const of = (...more: string[]) =>
        operate(world.stub.ready.dir, ['jobs', '--job', id, ...more]);
      for (const how of [['--cancel'], ['--delete', '--force']]) {
        for (const where of [[], ['--robot', 'R1']]) {
          const said = await of(...how, ...where);
          expect(said).toMatchObject({ code: 1, out: '' });
          expect(said.err).toContain('(resource-not-found)');
        }
      }
      const made = await of('--robot', 'R1', '--document', document);
      expect(made.err).toContain('jobId must be [A-Za-z0-9_-]{1,64} (invalid-request)');
      expect(await show('jobs')).toMatch(/^JOB .*\nj1 +IN_PROGRESS .* QUEUED 1\n/);
    },
  );

  it.each([
    [['--cancel'], '--cancel and --delete belong to --job'],
    [['--job', 'j1', '--cancel', '--delete'], 'one at a time'],
    [['--job', 'j1', '--force'], '--force belongs to --cancel or --delete'],
  ])('rejects %j', async (options, line) => {
    const said = await operate(world.stub.ready.dir, ['jobs', ...options]);
    expect(said).toMatchObject({ code: 2, out: '' });
    expect(said.err).toContain(line);
  });

  it('rejects a job without targets', async () => {
    const said = await operate(world.stub.ready.dir, ['jobs', '--document', 'job.json']);
    expect(said).toMatchObject({ code: 2, out: '' });
    expect(said.err).toContain('--document belongs to --job and --robot');
  });
});

describe('command', () => {
  it('lists the commands of one robot, or of all', async () => {
    expect(await show('command', '--robot', 'R1')).toMatch(/^ID +COMMAND .*\n\S{16} +dock +/);
    expect(await show('command')).toMatch(/^ROBOT +ID +COMMAND .*\nR1 +\S{16} +dock +/);
    expect(await show('command', '--robot', 'R2')).toBe('no commands\n');
  });

  it.each([
    [['--send', 'dock'], 2, '--send belongs to --robot (usage)'],
    [['--send', 'dock', '--robot', 'R9'], 1, 'cloud-stub refusals'],
  ])('rejects %j', async (options, code, line) => {
    const said = await operate(world.stub.ready.dir, ['command', ...options]);
    expect(said).toMatchObject({ code, out: '' });
    expect(said.err).toContain(line);
  });
});

describe('shadow', () => {
  it.each([[[]], [['--desired', '{"settings":{"passes":2}}']]])(
    'rejects an unknown robot with %j, and makes no shadow',
    async (options) => {
      const argv = ['shadow', '--robot', 'R9', ...options];
      const said = await operate(world.stub.ready.dir, argv);
      expect(said).toMatchObject({ code: 1, out: '' });
      expect(said.err).toContain('Thing R9 not found (resource-not-found)\n  cloud-stub status');
      expect(world.stub.cloud.rows.get('shadows', 'R9')).toBeUndefined();
    },
  );
});

describe('certificates', () => {
  it.each([
    [
      ['--set', 'off', '--robot', 'R1'],
      '--set is "off", expected one of ACTIVE, INACTIVE, REVOKED',
    ],
    [['--set', 'REVOKED'], '--set belongs to --id or --robot'],
  ])('rejects %j', async (options, line) => {
    const said = await operate(world.stub.ready.dir, ['certificates', ...options]);
    expect(said).toMatchObject({ code: 2, out: '' });
    expect(said.err).toContain(line);
  });
});

describe('map', () => {
  it.each([ended, 'map-1'])('writes the bytes of %s to a file', async (id) => {
    const out = join(world.folder, 'map.png');
    expect(await showJson('map', id, '--out', out)).toMatchObject({ bytes: 9, sha256, file: out });
    expect(await readFile(out)).toEqual(png);
  });

  it.each([
    [open, /has no map \(map-unknown\)/],
    [lost, /no such mission or map \(map-unknown\)/],
    ['R1', /leads to several missions \(map-unknown\)/],
  ])('explains why %s has no map', async (id, line) => {
    const out = join(world.folder, 'none.png');
    const said = await operate(world.stub.ready.dir, ['map', id, '--out', out]);
    expect(said).toMatchObject({ code: 1, out: '' });
    expect(said.err).toMatch(line);
  });
});

describe('find', () => {
  const kinds = async (id: string) =>
    ((await showJson('find', id)) as { found: { kind: string }[] }).found
      .map(({ kind }) => kind)
      .toSorted();

  it('finds everything with the same id from any id', async () => {
    expect(await kinds(ended)).toEqual(['map', 'mission', 'object']);
    expect(await kinds('map-1')).toEqual(['map', 'mission', 'object']);
    expect(await kinds('b1')).toEqual(['map', 'mission']);
    expect(await kinds(commandId)).toEqual(['command']);
    expect(await kinds('j1')).toEqual(['execution', 'job']);
    expect(await kinds(certificateId)).toEqual(['certificate']);
    expect(await kinds(certificateId.slice(0, 16))).toEqual(['certificate']);
    expect(await kinds('R4')).toContain('robot');
    expect(await kinds('R1')).toEqual(
      expect.arrayContaining(['certificate', 'command', 'execution', 'mission', 'object', 'robot']),
    );
    expect(await kinds('certainly not')).toEqual([]);
  });

  it('finds the message in the archive, and says when there is none', async () => {
    await until(async () => (await show('find', ended)).includes('in the archive: 1'));
    expect(await show('find', ended)).toMatch(
      /\.jsonl +[0-9a-f]{16} +robots\/R1\/up\/missions\/rep/,
    );
    expect(await show('find', 'nothing')).toBe('nothing has this id\n');
  });
});

describe('search and index', () => {
  it('finds things by a query, as a table and whole', async () => {
    const shown = await show('search', 'connectivity.connected:true');
    expect(shown.split('\n')).toEqual([
      expect.stringMatching(/^THING +LINK +SINCE \(UTC\) +GROUPS +ATTRIBUTES$/),
      expect.stringMatching(/^R1 +connected +20\S+ \S+ +- +-$/),
      '',
    ]);
    expect(await showJson('search', 'shadow.reported.agent.slot:b')).toMatchObject({
      ...{ things: [{ thingName: 'R1', shadow: expect.stringContaining('1.2.3') }], isMore: false },
    });
    expect(await show('search', 'thingName:R4')).toBe('no thing matches\n');
    expect(await show('search', '*', '--limit', '1')).toContain('there are more: raise --limit');
  });

  it('names what of a query is not served', async () => {
    const said = await operate(world.stub.ready.dir, ['search', 'a "b\\q"']);
    const what = '\\q is not served (invalid-query)';
    expect(said).toEqual({
      ...{ code: 1, out: '', err: `cloud-stub: character 5 of the query: ${what}\n` },
    });
  });

  it('rebuilds the index from the rows', async () => {
    expect(await show('search', 'thingName:R2')).toMatch(/R2 +disconnected/);
    const things = world.stub.cloud.rows.list('things').length;
    expect(await showJson('index')).toMatchObject({ isBuilt: true, things, kept: things });
    expect(await show('index', '--rebuild')).toContain('from the rows; nothing differed');
    expect(await showJson('index', '--rebuild')).toMatchObject({ things, differed: [] });
  });
});

describe('meters and faults', () => {
  it('shows the traffic of each robot, or of one', async () => {
    expect(await show('meters')).toMatch(/^ROBOT +CONNECTS .*\nR1 +1 /);
    expect(await show('meters', '--robot', 'R2')).not.toContain('R1');
  });

  it('shows and sets faults', async () => {
    expect(await show('faults')).toMatch(/^lost on purpose: 0 %.*\nno robot is cut off\n/);
    expect(await show('faults', '--cut', 'R2', '--for-s', '60')).toMatch(/\nR2 +20\S+ \S+Z\n/);
    expect(await show('faults', '--cut', 'R2', '--for-s', '0')).toContain('no robot');
  });

  it.each([
    [['--cut', 'R2'], /belong together/],
    [['--per-s', '2'], /belongs to --throttle/],
    [['--drop', '5', '--throttle', 'R2'], /one at a time/],
    [['--seed', '5'], /--seed belongs to/],
  ])('rejects %j', async (options, line) => {
    const said = await operate(world.stub.ready.dir, ['faults', ...options]);
    expect(said).toMatchObject({ code: 2, out: '' });
    expect(said.err).toMatch(line);
  });
});

describe('decommission', () => {
  const status = () => world.stub.cloud.rows.get('decommissioned', 'R2');

  it.each([
    ['without a word', [], {}, 'usage', 2],
    ['with another answer', [], { answer: 'y' }, 'not-confirmed', 1],
    ['with --json on a terminal', ['--json'], { answer: 'R2' }, 'usage', 2],
  ] as const)('does nothing %s', async (_what, options, more, word, code) => {
    const said = await operate(
      world.stub.ready.dir,
      ['decommission', '--robot', 'R2', ...options],
      more,
    );
    expect(said).toMatchObject({ code, out: '' });
    expect(said.err).toContain(word);
    expect(status()).toBeUndefined();
  });

  it.each([
    ['the robot’s name as the answer', [], { answer: 'R2' }],
    ['--yes', ['--yes'], {}],
  ] as const)('confirms by %s, and can be undone', async (_what, options, more) => {
    const argv = ['decommission', '--robot', 'R2', ...options];
    expect(await operate(world.stub.ready.dir, argv, more)).toMatchObject({ code: 0 });
    expect(status()).toBeDefined();
    expect(await show('decommission', '--robot', 'R2', '--clear')).toBe('recommissioned\n');
    expect(status()).toBeUndefined();
  });
});

it('an error with --json is one line of JSON on standard error', async () => {
  const said = await operate(world.stub.ready.dir, ['command', '--robot', 'R9', '--json']);
  expect(said).toMatchObject({ code: 1, out: '' });
  expect(JSON.parse(said.err)).toEqual({
    error: {
      code: 'resource-not-found',
      message: 'Thing R9 not found',
      hint: expect.stringContaining('status'),
    },
  });
});
