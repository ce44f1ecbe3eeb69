import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestStub, type TestStub } from '../support/cloud-stub.ts';
import { missionDocument } from '../support/cloud-world.ts';

/** Debian's curl as a robot over HTTPS, as `docs/aws.md` shows it. */

const run = promisify(execFile);
const robot = 'CURL-1';
let world: TestStub;
beforeAll(async () => {
  world = await startTestStub();
  const { cert, key } = await world.mint(robot);
  await writeFile(join(world.folder, 'chain.pem'), cert);
  await writeFile(join(world.folder, 'robot.key'), key);
});
afterAll(() => world[Symbol.asyncDispose]());

/** The answer, and its status in the last line. */
async function curl(path: string, ...options: string[]): Promise<[status: number, body: string]> {
  const { deviceHttps, serverCa } = world.stub.ready;
  const { stdout } = await run(
    '/usr/bin/curl',
    [
      ...['--silent', '--show-error', '--cacert', serverCa, '--write-out', '\n%{http_code}'],
      ...['--cert', 'chain.pem', '--key', 'robot.key', ...options, `${deviceHttps?.url}${path}`],
    ],
    { cwd: world.folder },
  );
  const at = stdout.lastIndexOf('\n');
  return [Number(stdout.slice(at + 1)), stdout.slice(0, at)];
}

it('publishes a report, works with its shadow, and is refused what is not its own', async () => {
  const publish = `/topics/robots/${robot}/up/missions/report?qos=1`;
  const report = JSON.stringify({ v: 1, reports: [missionDocument({ ended: true })] });
  await writeFile(join(world.folder, 'report.json'), report);
  const send = () => curl(publish, '--data', '@report.json');
  expect(await send()).toEqual([403, expect.stringContaining('PENDING_ACTIVATION')]);
  expect(await send()).toEqual([
    200,
    expect.stringMatching(/^{"message":"OK","traceId":"[^"]+"}$/),
  ]);
  expect(world.stub.cloud.rows.list('missions', `${robot}/`)).toHaveLength(1);
  const shadow = `/things/${robot}/shadow`;
  await curl(shadow, '--data', '{"state":{"reported":{"a":1}}}');
  expect(await curl(shadow)).toEqual([200, expect.stringContaining('"reported":{"a":1}')]);
  expect(await curl('/things/OTHER/shadow')).toEqual([403, expect.stringContaining('traceId')]);
});

it('without a certificate gets no answer', async () => {
  const { deviceHttps, serverCa } = world.stub.ready;
  const url = `${deviceHttps?.url}/things/${robot}/shadow`;
  await expect(run('/usr/bin/curl', ['--silent', '--cacert', serverCa, url])).rejects.toThrow();
});
