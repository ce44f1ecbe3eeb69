import { X509Certificate } from 'node:crypto';
import { lstat, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ready } from '../../cloud-stub/running.ts';
import { readCloudTable } from '../support/demo-database.ts';
import {
  connectWithoutCertificate,
  fetchWithCa,
  fileSha256,
  filesWith,
  runCommand,
  versionOf,
} from '../support/demo-outside.ts';
import { readMapPng } from '../support/demo-png.ts';
import {
  makeDemoFolder,
  processesIn,
  type RunningDemo,
  removeDemoFolder,
  startDemo,
} from '../support/demo-process.ts';

const robot = 'PF-1001';

/** A line that `--json` prints for a step. */
interface StepLine {
  readonly step: number;
  readonly ok: boolean;
  readonly ms: number;
  readonly facts: Readonly<Record<string, unknown>>;
}

describe('the demo', () => {
  let folder = '';
  let demo: RunningDemo;
  let steps: StepLine[] = [];
  let ready: Ready;
  const path = (...names: string[]) => join(folder, ...names);
  const rows = <K extends Parameters<typeof readCloudTable>[1]>(table: K) =>
    readCloudTable<K>(path('cloud', 'cloud.db'), table);
  const factsOf = (number: number) => steps.find(({ step }) => step === number)?.facts ?? {};
  const theMission = () => rows('missions')[0]?.value;

  beforeAll(async () => {
    folder = await makeDemoFolder();
    demo = startDemo(['--dir', folder, '--json', '--stay']);
    ready = JSON.parse(await demo.line((line) => line.includes('"demo":"staying"'))) as Ready;
    steps = demo.lines().map((line) => JSON.parse(line) as StepLine);
  });
  afterAll(async () => {
    demo.child.kill('SIGTERM');
    await demo.ended;
    await removeDemoFolder(folder);
  });

  it('logs each artifact under one id on both sides', async () => {
    const lines = async (name: string) =>
      (await readFile(path('logs', name), 'utf8'))
        .split('\n')
        // What the crashing image said before it could log stands there too.
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const { missionId, map } = theMission() ?? {};
    const ids = {
      missionId,
      mapId: map?.mapId,
      commandId: rows('commands')[0]?.value.command.id,
      jobId: rows('jobs')[0]?.value.jobId,
    };
    for (const side of ['agent.log', 'cloud-stub.log']) {
      const logged = await lines(side);
      for (const [field, id] of Object.entries(ids)) {
        const about = logged.filter((line) => line[field] === id);
        expect(about.length, `${field} in ${side}`).toBeGreaterThan(0);
        expect(about.every(({ robotId }) => robotId === robot)).toBe(true);
      }
    }
  });

  it('finishes in nine steps', () => {
    expect(steps.filter(({ step }) => step).map(({ step, ok }) => ({ step, ok }))).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((step) => ({ step, ok: true })),
    );
  });

  it('step 1: gives the robot a certificate of the factory, and its key never leaves it', async () => {
    const current = path('robot', 'identity', 'current');
    const certificate = new X509Certificate(await readFile(join(current, 'chain.pem')));
    const authority = new X509Certificate(await readFile(path('factory', 'ca.crt')));
    expect(certificate.subject).toContain(`CN=${robot}`);
    expect(certificate.verify(authority.publicKey)).toBe(true);
    const key = await readFile(join(current, 'key.pem'), 'utf8');
    const secret = key.split('\n')[1] ?? '';
    expect(secret.length).toBeGreaterThan(60);
    const holders = await filesWith(folder, secret);
    expect(holders).toHaveLength(1);
    expect((await stat(holders[0] ?? '')).mode & 0o777).toBe(0o600);
    expect(holders[0]).toContain(path('robot', 'identity', 'pair-'));
  });

  it('step 2: runs the cloud as its own process, which rejects a client without a certificate', async () => {
    const running = await processesIn(folder);
    expect(running.filter(({ line }) => line.includes('cloud-stub/main.ts serve'))).toHaveLength(1);
    const ca = await readFile(ready.serverCa);
    const { host, port } = ready.mqtt;
    expect(await connectWithoutCertificate({ host, port, ca })).toMatch(/CERTIFICATE_REQUIRED/);
    expect(factsOf(2)).toMatchObject({ robotsKnown: 0 });
  });

  it('step 3: registers the unknown certificate at its first connection, which it rejects', async () => {
    const [certificate, ...others] = rows('certificates');
    expect(others).toEqual([]);
    expect(certificate).toMatchObject({
      key: factsOf(1)['certificateId'],
      value: { status: 'ACTIVE', commonName: robot },
    });
    expect(rows('things').map(({ key }) => key)).toEqual([robot]);
    expect(rows('presence')).toMatchObject([{ key: robot, value: { state: 'connected' } }]);
    const log = (await readFile(path('logs', 'cloud-stub.log'), 'utf8')).trimEnd().split('\n');
    const about = log
      .map((line) => JSON.parse(line) as { certificateId?: string; code?: string; msg: string })
      .filter(({ certificateId }) => certificateId === certificate?.key);
    expect(about.map(({ msg }) => msg).slice(0, 4)).toEqual([
      'certificate registered, pending activation',
      'certificate activated',
      'connection refused',
      'robot connected',
    ]);
    expect(about[2]?.code).toBe('pending');
    const packaged = process.env['PILOTFISH_AGENT'];
    expect(factsOf(3)).toMatchObject({
      slot: 'a',
      version: packaged ? await versionOf(packaged) : '1.0.0',
    });
    const running = await processesIn(folder);
    expect(running.filter(({ line }) => line.includes('hal/sim/main.ts run'))).toHaveLength(1);
    expect(running.filter(({ line }) => line.includes(path('board', 'slots', 'b')))).toHaveLength(
      1,
    );
  });

  it('step 4: starts the mission by a command, which the robot answers', () => {
    const commands = rows('commands').map(({ value }) => value);
    expect(commands).toMatchObject([{ status: 'done', command: { command: 'start' } }]);
    expect(theMission()?.document).toMatchObject({
      initiator: 'cloud',
      durations: { clockSpeed: 150 },
    });
  });

  it('step 5: stores the mission once, as its final document, although the link was cut', async () => {
    expect(rows('missions')).toHaveLength(1);
    const mission = theMission();
    expect(mission).toMatchObject({ robot, status: 'ended', missionId: factsOf(4)['missionId'] });
    expect(mission?.document).toMatchObject({ ended: true, outcome: 'completed' });
    const { area, events, counters } = mission?.document ?? {};
    expect(area?.cleanedM2).toBe(area?.reachableM2);
    expect(area?.reachableM2).toBeGreaterThan(10);
    expect(counters?.recharges).toBeGreaterThan(0);
    expect(events?.map(({ type }) => type)).toEqual(expect.arrayContaining(['started', 'ended']));
    expect(mission?.counts.received).toBeGreaterThan(10);
    expect(rows('mission_ledgers')[0]?.value).toMatchObject({ open: [], dropped: 0 });
    const status = JSON.parse(
      await runCommand('agent/main.ts', [
        'status',
        '--config',
        path('robot', 'agent.json'),
        '--json',
      ]),
    ) as { missions: object };
    expect(status.missions).toMatchObject({ confirmed: 1, unconfirmed: 0, open: null });
    const log = await readFile(path('logs', 'cloud-stub.log'), 'utf8');
    const cut = log.split('\n').find((line) => line.includes('SERVER_INITIATED_DISCONNECT')) ?? '';
    const cutMs = Date.parse((JSON.parse(cut) as { time: string }).time);
    expect(cutMs).toBeGreaterThan(mission?.document.started.wallMs ?? Number.NaN);
    expect(cutMs).toBeLessThan(mission?.document.updated.wallMs ?? Number.NaN);
  });

  it('step 6: stores exactly the robot’s map, and its links open it', async () => {
    const { document, map } = theMission() ?? {};
    expect(map).toMatchObject({ state: 'stored', sha256: document?.map?.sha256 });
    const object = rows('objects').find(({ key }) => key === map?.objectKey)?.value;
    const file = path('cloud', 'objects', object?.file ?? '');
    expect(await fileSha256(file)).toBe(document?.map?.sha256);
    expect(await fileSha256(path('map.png'))).toBe(document?.map?.sha256);
    expect((await lstat(path('map.png'))).isFile()).toBe(true);
    const bytes = await readFile(file);
    expect(object?.size).toBe(bytes.length);
    const url = String(factsOf(6)['url']);
    const answer = await fetchWithCa(url, await readFile(ready.serverCa));
    expect({ status: answer.status, same: answer.body.equals(bytes) }).toEqual({
      status: 200,
      same: true,
    });
    const picture = readMapPng(bytes);
    expect(picture).toMatchObject({ width: 200, height: 160 });
    // The dock's own cells are drawn over what was cleaned.
    const cleanedM2 = picture.cleanedCells * picture.metresPerCell ** 2;
    expect(cleanedM2).toBeCloseTo(document?.area.cleanedM2 ?? 0, 0);
  });

  it('step 7: reports the desired setting, and why the other one was rejected', () => {
    const [shadow] = rows('shadows');
    expect(shadow?.value.desired).toMatchObject({
      settings: { cleaningPower: 'boost', passes: 3 },
    });
    expect(shadow?.value.reported).toMatchObject({
      settings: { cleaningPower: 'boost', passes: 1 },
      refused: { passes: 'bad-value' },
    });
  });

  it('step 8: keeps the valid update in the other slot, and rolls the crashing one back', async () => {
    const executions = rows('job_executions').map(({ value }) => value);
    expect(executions).toMatchObject([
      { jobId: 'update-1-1-0', status: 'SUCCEEDED', statusDetails: { reason: 'confirmed' } },
      { jobId: 'update-1-2-0', status: 'FAILED', statusDetails: { reason: 'rolled-back' } },
    ]);
    expect(executions[1]?.statusDetails['detail']).toContain('exit code 1');
    expect(rows('jobs').map(({ value }) => value.status)).toEqual(['COMPLETED', 'COMPLETED']);
    const images = path('firmware', 'images');
    const good = await fileSha256(join(images, 'agent-1.1.0.cjs'));
    const bad = await fileSha256(join(images, 'agent-1.2.0.cjs'));
    expect(await fileSha256(path('board', 'slots', 'b', 'image'))).toBe(good);
    expect(await fileSha256(path('board', 'slots', 'a', 'image'))).toBe(bad);
    expect(JSON.parse(await readFile(path('board', 'boot.json'), 'utf8'))).toMatchObject({
      next: 'b',
      slots: { a: { state: 'bad', sha256: bad }, b: { state: 'good', sha256: good } },
    });
    expect(rows('shadows')[0]?.value.reported).toMatchObject({
      agent: { version: '1.1.0', slot: 'b' },
    });
  });

  it('step 9: prints figures that agree with the cloud’s meter', () => {
    const facts = factsOf(9) as Record<string, number>;
    const meter = rows('meters')[0]?.value;
    for (const name of ['messagesIn', 'messagesOut', 'bytesIn', 'bytesOut', 'units'] as const) {
      expect(facts[name]).toBeGreaterThan(0);
      expect(meter?.[name]).toBeGreaterThanOrEqual(facts[name] ?? Number.NaN);
    }
    expect(facts).toMatchObject({ confirmed: 1, mapBytes: theMission()?.map?.size });
    expect(facts['reconnects']).toBe((meter?.connects ?? 0) - 1);
    expect(facts['reconnects']).toBeGreaterThanOrEqual(3);
    expect(facts['updateMs']).toBeGreaterThan(0);
  });

  it('exits with code 0 at Ctrl-C and leaves no process', async () => {
    demo.child.kill('SIGINT');
    const { code, stderr } = await demo.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await processesIn(folder)).toEqual([]);
  });

  it('is not disturbed by a second one in its folder, which ends when it is stopped and leaves no process', async () => {
    const other = startDemo(['--dir', folder, '--json']);
    await other.line((line) => line.includes('"step":1'));
    const second = await startDemo(['--dir', folder, '--fresh']).ended;
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toMatch(
      new RegExp(
        `^npm start: process ${other.child.pid} .* choose another --dir \\(demo-running\\)\n$`,
      ),
    );
    await other.line((line) => line.includes('"step":3'));
    other.child.kill('SIGINT');
    const { code, stderr } = await other.ended;
    expect(code).toBe(130);
    expect(JSON.parse(stderr)).toEqual({
      error: {
        code: 'demo-stopped',
        message: expect.stringMatching(/^stopped on request, in step 4, ".*"$/),
      },
    });
    expect(await processesIn(folder)).toEqual([]);
  });
});
