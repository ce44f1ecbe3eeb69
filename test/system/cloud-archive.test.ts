import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tableNames } from '../../cloud-stub/rows.ts';
import type { Ready } from '../../cloud-stub/running.ts';
import { connectRobot } from '../support/cloud-client.ts';
import { type Identity, mintCa, mintRobot } from '../support/cloud-pki.ts';
import { runCloud } from '../support/cloud-process.ts';
import { readCloudRows } from '../support/cloud-sqlite.ts';
import { until } from '../support/cloud-until.ts';
import { epoch, missionDocument } from '../support/cloud-world.ts';

const report = 'robots/R1/up/missions/report';
const list = (n: number) => ({
  v: 1,
  reports: [missionDocument({ missionId: `${epoch}-${n}`, ended: true })],
});

let folder: string;
let dir: string;
let identity: Identity;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloud-archive-'));
  dir = join(folder, 'cloud');
  const ca = await mintCa();
  await writeFile(join(folder, 'ca.crt'), ca.certificatePem);
  identity = await mintRobot(ca, 'R1');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const serve = () => runCloud('serve', '--dir', dir, '--ca', join(folder, 'ca.crt'));
/** Connected and served: messages sent before the stub has registered the connection are lost. */
const enter = async (ready: Ready) => {
  await connectRobot(ready, identity);
  const robot = await connectRobot(ready, identity);
  await robot.subscribe('robots/R1/down/#');
  return robot;
};
const rows = (table: string) => readCloudRows(join(dir, 'cloud.db'), table);
const files = async () => {
  const archive = join(dir, 'archive');
  const texts = await Promise.all(
    (await readdir(archive)).sort().map((name) => readFile(join(archive, name), 'utf8')),
  );
  const lines = texts.join('').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as { id: string; payload: string });
};
const reported = ({ payload }: { payload: string }) =>
  (JSON.parse(payload) as { reports: { missionId: string }[] }).reports.map(
    ({ missionId }) => missionId,
  );

it('the archive has each ended mission once after kills at any moment', async () => {
  let n = 0;
  for (let run = 0; run < 6; run++) {
    await using stub = serve();
    const ready = await stub.ready();
    await using robot = await enter(ready);
    const before = rows('missions').size;
    for (let i = 0; i < 15; i++) robot.publish(report, list(++n));
    // Around the moments when rows are committed and files are written.
    await until(() => rows('missions').size > before + run * 2);
    if (run % 2 === 1) await until(() => rows('archive_outbox').size === 0);
    stub.child.kill('SIGKILL');
    await stub.ended();
  }
  await using stub = serve();
  await stub.ready();
  await until(() => rows('archive_outbox').size === 0);
  const ended = [...rows('missions').values()].map(({ missionId }) => String(missionId));
  const entries = await files();
  expect(entries.flatMap(reported).sort()).toEqual(ended.sort());
  expect(ended.length).toBeGreaterThan(20);
  expect(new Set(entries.map(({ id }) => id)).size).toBe(entries.length);
});

it('a replay of the archive changes no row', async () => {
  await using stub = serve();
  const ready = await stub.ready();
  const robot = await enter(ready);
  for (let n = 1; n <= 5; n++) robot.publish(report, list(n));
  await until(() => rows('missions').size === 5 && rows('archive_outbox').size === 0);
  const confirmed = () =>
    robot.messages.flatMap(([, body]) => (body as { accepted?: unknown[] }).accepted ?? []).length;
  await until(() => confirmed() === 5);
  await robot[Symbol.asyncDispose]();
  await until(() => rows('presence').get('R1')?.['state'] === 'disconnected');
  // Counts of traffic are stored twice a second.
  const metered = (name: string) => Number(rows('meters').get('R1')?.[name]);
  await until(() => metered('messagesIn') === 5);
  await until(() => metered('messagesOut') === robot.messages.length);
  const tables = () => tableNames.map((name) => [name, [...rows(name)]]);
  const before = tables();
  const replay = async (since: string) => {
    const done = runCloud('replay', '--dir', dir, '--since', since);
    return [await done.ended(), done.out + done.err];
  };
  expect(await replay('2026-01-01')).toEqual([0, 'replayed 5 messages, 0 changed something\n']);
  expect(tables()).toEqual(before);
  expect(await replay('2999-01-01')).toEqual([0, 'replayed 0 messages, 0 changed something\n']);
  expect(await replay('yesterday')).toEqual([
    2,
    expect.stringMatching(/--since is "yesterday" \(usage\)\n.*expected a moment/),
  ]);
});

it('a replay of the archive restores a lost database', async () => {
  {
    await using stub = serve();
    const ready = await stub.ready();
    await using robot = await enter(ready);
    for (let n = 1; n <= 5; n++) robot.publish(report, list(n));
    await until(() => rows('missions').size === 5 && rows('archive_outbox').size === 0);
    stub.child.kill('SIGKILL');
    await stub.ended();
  }
  for (const more of ['', '-wal', '-shm']) await rm(join(dir, `cloud.db${more}`), { force: true });
  await using stub = serve();
  await stub.ready();
  const done = runCloud('replay', '--dir', dir, '--since', '2026-01-01');
  expect([await done.ended(), done.out]).toEqual([0, 'replayed 5 messages, 5 changed something\n']);
  expect(rows('missions').size).toBe(5);
  expect(rows('archive_outbox').size).toBe(0);
});
