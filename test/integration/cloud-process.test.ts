import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeyAndCertificate } from '../../base/x509/authority.ts';
import { connectRobot } from '../support/cloud-client.ts';
import { operate, runCloudHere, serveHere } from '../support/cloud-commands.ts';
import { mintCa, mintRobot } from '../support/cloud-pki.ts';
import { runCloud } from '../support/cloud-process.ts';
import { renew } from '../support/cloud-renewal.ts';
import { readCloudRows } from '../support/cloud-sqlite.ts';
import { until } from '../support/cloud-until.ts';
import { missionDocument } from '../support/cloud-world.ts';

let folder: string;
let dir: string;
let ca: KeyAndCertificate;
let caPath: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloud-process-'));
  dir = join(folder, 'cloud');
  ca = await mintCa();
  caPath = join(folder, 'ca.crt');
  await writeFile(caPath, ca.certificatePem);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const serve = (...more: string[]) => runCloud('serve', '--dir', dir, '--ca', caPath, ...more);

describe('cloud-stub serve', () => {
  it('prints one line when it is ready, serves, and stops cleanly', async () => {
    await using stub = serve();
    const ready = await stub.ready();
    expect(ready).toEqual({
      ready: true,
      mqtt: { host: 'localhost', port: expect.any(Number) },
      https: { url: expect.stringMatching(/^https:\/\/localhost:\d+$/) },
      deviceHttps: { url: expect.stringMatching(/^https:\/\/localhost:\d+$/) },
      serverCa: join(dir, 'server', 'ca.crt'),
      renewalCa: join(dir, 'renewal', 'ca.crt'),
      operator: join(dir, 'operator.json'),
      dir,
    });
    const identity = await mintRobot(ca, 'R1');
    await connectRobot(ready, identity);
    await using robot = await connectRobot(ready, identity);
    expect(robot.attempt).toBe('connected');
    stub.child.kill('SIGTERM');
    expect(await stub.ended()).toBe(0);
    await robot.untilClosed();
    expect(stub.out.trim().split('\n')).toHaveLength(1);
    for (const line of stub.err.trim().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object');
  });

  it('restores all that it had confirmed after a SIGKILL', async () => {
    const identity = await mintRobot(ca, 'R1');
    {
      await using stub = serve();
      const ready = await stub.ready();
      await connectRobot(ready, identity);
      await using robot = await connectRobot(ready, identity);
      await robot.subscribe('robots/R1/down/#');
      const reports = [missionDocument({ ended: true })];
      robot.publish('robots/R1/up/missions/report', { v: 1, reports });
      await robot.next('robots/R1/down/missions/report/accepted');
      stub.child.kill('SIGKILL');
      expect(await stub.ended()).toBe('SIGKILL');
    }
    await using stub = serve();
    const ready = await stub.ready();
    expect([...readCloudRows(join(dir, 'cloud.db'), 'missions').values()]).toMatchObject([
      { robot: 'R1', status: 'ended' },
    ]);
    const presence = readCloudRows(join(dir, 'cloud.db'), 'presence').get('R1');
    expect(presence).toMatchObject({ state: 'disconnected', reason: 'SERVER_ERROR' });
    await using robot = await connectRobot(ready, identity);
    expect(robot.attempt).toBe('connected');
    const table = runCloud('missions', '--dir', dir);
    expect(await table.ended()).toBe(0);
    expect(table.out).toMatch(
      /^MISSION +ROBOT +BEGAN \(UTC\) +STATUS +OUTCOME +M2 +MAP\n\S+-1 +R1 +20[-: \d]+ +ended +completed/,
    );
  });

  it('keeps its certificate for the same host and creates another for another host', async () => {
    const certificate = () => readFile(join(dir, 'server', 'server.crt'), 'utf8');
    const start = async (...more: string[]) => {
      await using stub = await serveHere('--dir', dir, '--ca', caPath, ...more);
      return [await certificate(), await readFile(stub.ready.serverCa, 'utf8')];
    };
    const [first, firstCa] = await start();
    expect(await start()).toEqual([first, firstCa]);
    const [other, otherCa] = await start('--host', '127.0.0.2');
    expect(other).not.toBe(first);
    expect(otherCa).toBe(firstCa);
  });

  it("never replaces the user's own certificate", async () => {
    {
      await using stub = serve();
      await stub.ready();
      stub.child.kill('SIGINT');
      expect(await stub.ended()).toBe(0);
    }
    await rm(join(dir, 'server', 'ca.key'));
    const own = await readFile(join(dir, 'server', 'server.crt'), 'utf8');
    const host = ['--host', 'cloud.example'];
    const { code, err } = await runCloudHere(['serve', '--dir', dir, '--ca', caPath, ...host]);
    expect(code).toBe(2);
    expect(err).toMatch(/server\.crt is not a valid certificate for cloud\.example/);
    expect(await readFile(join(dir, 'server', 'server.crt'), 'utf8')).toBe(own);
  });

  it('rejects a folder that a running stub uses', async () => {
    await using first = serve();
    await first.ready();
    const second = serve();
    expect(await second.ended()).toBe(1);
    expect(second.err).toMatch(
      /^cloud-stub: .*cloud is in use by a running cloud stub \(dir-in-use\)\n/,
    );
    expect(second.out).toBe('');
  });

  it.each<[string, () => string[], RegExp]>([
    ['no folder', () => ['--ca', caPath], /--dir is missing/],
    ['no CA', () => ['--dir', dir], /--ca is missing/],
    [
      'a CA file that does not exist',
      () => ['--dir', dir, '--ca', '/nope'],
      /--ca \/nope: no such file/,
    ],
    [
      'a CA file that holds none',
      () => ['--dir', dir, '--ca', join(folder, 'empty')],
      /--ca .*empty: holds no certificate/,
    ],
    [
      'a CA file with a damaged certificate',
      () => ['--dir', dir, '--ca', join(folder, 'damaged')],
      /--ca .*damaged: holds a certificate that cannot be read/,
    ],
    [
      'a CA file with a robot certificate',
      () => ['--dir', dir, '--ca', join(folder, 'robot')],
      /--ca .*robot: holds a certificate that is not a CA/,
    ],
    [
      'an activation that is none',
      () => ['--dir', dir, '--ca', caPath, '--activate', 'never'],
      /--activate is "never", expected one of auto, hand/,
    ],
    [
      'a template name that is none',
      () => ['--dir', dir, '--ca', caPath, '--renewal-template', 'a/b'],
      /--renewal-template is "a\/b"/,
    ],
    [
      'a port that is none',
      () => ['--dir', dir, '--ca', caPath, '--mqtt-port', '70000'],
      /--mqtt-port is "70000"/,
    ],
    [
      "a port for robots over HTTPS beside another's broker",
      () => ['--dir', dir, '--broker', 'mqtts://x', '--device-https-port', '8444'],
      /--device-https-port and --broker exclude each other/,
    ],
  ])('answers %s with one clear line and exit code 2', async (_name, args, message) => {
    await writeFile(join(folder, 'empty'), '');
    await writeFile(join(folder, 'damaged'), ca.certificatePem.replace(/\n.{10}/, '\nAAAAAAAAAA'));
    await writeFile(join(folder, 'robot'), (await mintRobot(ca, 'R1')).cert);
    const { code, err } = await runCloudHere(['serve', ...args()]);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(err).not.toMatch(/ at .*\.ts:/);
  });

  it('answers a usage error also as a process', async () => {
    const stub = runCloud('serve', '--dir', dir, '--ca', '/nope');
    expect(await stub.ended()).toBe(2);
    expect(stub.err).toMatch(/^cloud-stub: --ca \/nope: no such file/);
    expect(stub.err).not.toMatch(/ at .*\.ts:/);
  });

  it.each(['MQTT', 'HTTPS', 'device HTTPS'])(
    'reports that the port for %s is in use',
    async (name) => {
      await using first = await serveHere('--dir', dir, '--ca', caPath);
      const { mqtt, https, deviceHttps } = first.ready;
      const url = name === 'HTTPS' ? https.url : (deviceHttps?.url ?? '');
      const port = name === 'MQTT' ? mqtt.port : Number(new URL(url).port);
      const option = `--${name.toLowerCase().replace(' ', '-')}-port`;
      const two = ['--dir', join(folder, 'two'), '--ca', caPath];
      const { code, err } = await runCloudHere(['serve', ...two, option, String(port)]);
      expect(code).toBe(1);
      expect(err).toBe(
        `cloud-stub: ${name}: port ${port} of 127.0.0.1 is in use (port-in-use)\n` +
          `  choose another with ${option}; 0 selects a free one\n`,
      );
    },
  );
});

describe('the operator commands', () => {
  it('work in sequence on a running stub', async () => {
    await using stub = serve();
    const ready = await stub.ready();
    const identity = await mintRobot(ca, 'R1');
    await connectRobot(ready, identity);
    await using robot = await connectRobot(ready, identity);
    await robot.subscribe('robots/R1/down/#');
    const run = async (...args: string[]) => {
      const done = await operate(dir, args);
      expect([done.code, done.err]).toEqual([0, '']);
      // JSON is one line, for machines.
      const lines = args.includes('--json') ? [] : done.out.split('\n');
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
      return done.out;
    };
    expect(await run('status')).toMatch(
      /^ROBOT +LINK +SINCE \(UTC\) +VERSION .*\nR1 +connected +20/,
    );
    expect(await run('missions')).toBe('no missions\n');
    expect(await run('command', '--robot', 'R1', '--send', 'dock')).toMatch(/ dock +sent +1 /);
    expect(await robot.next('robots/R1/down/commands')).toMatchObject({ command: 'dock' });
    expect(await run('command', '--robot', 'R1')).toMatch(/ dock +sent /);
    expect(await run('shadow', '--robot', 'R1')).toBe('no shadow\n');
    const desiredState = { settings: { passes: 2 } };
    const desired = ['--desired', JSON.stringify(desiredState)];
    expect(JSON.parse(await run('shadow', '--robot', 'R1', ...desired))).toEqual({
      desired: desiredState,
      delta: desiredState,
    });
    await writeFile(join(folder, 'job.json'), '{"operation":"none"}');
    const job = ['--job', 'j1', '--robot', 'R1'];
    expect(await run('jobs', ...job, '--document', join(folder, 'job.json'))).toMatch(
      /\nQUEUED .* j1\n/,
    );
    expect(JSON.parse(await run('jobs', ...job, '--json'))).toMatchObject({ status: 'QUEUED' });
    const { certificateId } = identity;
    const one = ['certificates', '--id', certificateId.slice(0, 12)];
    expect(await run(...one, '--set', 'REVOKED')).toMatch(
      new RegExp(
        `^R1 {2}REVOKED\\n {2}id +${certificateId}\\n {2}issuer +Test robots CA\\n {2}valid `,
      ),
    );
    await robot.untilClosed();
    expect((await connectRobot(ready, identity)).attempt).toBe('closed');
    expect(await run('certificates', '--robot', 'R1')).toMatch(/refused +1x revoked, last 20/);
    expect(await run(...one, '--set', 'ACTIVE')).toMatch(/^R1 {2}ACTIVE/);
    expect(await run('certificates', '--robot', 'R1', '--id', 'none')).toBe('no certificates\n');
    expect(await run('missions', '--robot', 'R1')).toBe('no missions\n');
    expect(await run('refusals')).toBe('no connection was refused\n');
    const other = await mintRobot(await mintCa('Another CA'), 'R1');
    expect((await connectRobot(ready, other)).attempt).toBe('closed');
    expect(await run('refusals')).toMatch(
      /^CAUSE .*\nunknown-ca +127\.0\.0\.1 +1 +20[-: \d]+Z +R1 by Another CA/,
    );
    expect(await run('decommission', '--robot', 'R1', '--yes')).toBe(
      'decommissioned, certificates revoked: 1\n',
    );
    expect((await connectRobot(ready, await mintRobot(ca, 'R1'))).attempt).toBe('closed');
    expect(await run('certificates', '--robot', 'R1')).toMatch(/refused +1x decommissioned/);
    expect(await run('decommission', '--robot', 'R1', '--clear')).toBe('recommissioned\n');
  });

  it('admit a robot by hand, limit renewed certificates in time, and retire the old ones', async () => {
    const rules = ['--activate', 'hand', '--renewal-life-s', '3600', '--retire-after-s', '0'];
    await using stub = serve(...rules, '--renewal-template', 'mine');
    const ready = await stub.ready();
    const identity = await mintRobot(ca, 'R1');
    const run = async (...args: string[]) => {
      const done = await operate(dir, ['certificates', ...args]);
      expect([done.code, done.err]).toEqual([0, '']);
      for (const line of done.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
      return done.out;
    };
    for (const count of [1, 2]) {
      expect((await connectRobot(ready, identity)).attempt).toBe('closed');
      expect(await run()).toMatch(new RegExp(`^R1 {2}PENDING_ACTIVATION\\n[^]*${count}x pending`));
    }
    expect(await run('--robot', 'R1', '--set', 'ACTIVE')).toMatch(/^R1 {2}ACTIVE/);
    await using robot = await connectRobot(ready, identity);
    expect(robot.attempt).toBe('connected');
    const renewed = await renew(robot, 'R1', 'mine');
    const { validToDate } = new X509Certificate(renewed.cert);
    expect(validToDate.getTime() - Date.now()).toBeLessThanOrEqual(3_600_000);
    await using next = await connectRobot(ready, renewed);
    expect(next.attempt).toBe('connected');
    await until(async () => (await run()).includes('R1  INACTIVE'));
    expect(await run('--id', identity.certificateId)).toContain(
      `  replaced by ${renewed.certificateId}\n`,
    );
  });

  it('explain an error in one line, and what to do in another', async () => {
    const run = (...args: string[]) => operate(dir, args);
    const nobody = await run('status');
    expect(nobody.code).toBe(1);
    expect(nobody.err).toMatch(/^cloud-stub: no cloud stub is running on .*\(not-running\)\n/);
    await using stub = serve();
    await stub.ready();
    const unknown = runCloud('command', '--dir', dir, '--robot', 'R9', '--send', 'dock');
    expect(await unknown.ended()).toBe(1);
    expect(unknown.err.split('\n')).toEqual([
      'cloud-stub: Thing R9 not found (resource-not-found)',
      '  cloud-stub status lists the robots, cloud-stub refusals what was not let in',
      '',
    ]);
    for (const word of ['missions', 'certificates', 'command']) {
      const answer = await run(word, '--robot', 'R9');
      expect([word, answer.code, answer.out]).toEqual([word, 1, '']);
      expect(answer.err).toMatch(/^cloud-stub: Thing R9 not found \(resource-not-found\)\n/);
    }
    const fly = await run('command', '--robot', 'R9', '--send', 'fly');
    expect(fly.code).toBe(2);
    expect(fly.err).toMatch(/--send is "fly", expected one of start, .* \(usage\)/);
    const set = await run('certificates', '--set', 'REVOKED');
    expect([set.code, set.err]).toEqual([
      2,
      'cloud-stub: --set belongs to --id or --robot (usage)\n  cloud-stub certificates lists them\n',
    ]);
    const none = await run('certificates', '--id', 'abc', '--set', 'REVOKED');
    expect([none.code, none.err]).toEqual([
      2,
      'cloud-stub: --id abc: no certificate begins so (usage)\n  give more of the id\n',
    ]);
    const bad = await run('shadow', '--robot', 'R9', '--desired', '{');
    expect(bad.code).toBe(2);
    expect(bad.err).toMatch(/--desired: expected a JSON object/);
    const bare = await run('shadow', '--robot', 'R9', '--desired', '{"passes":2}');
    expect([bare.code, bare.out]).toEqual([2, '']);
    expect(bare.err).toContain('\'{"settings":{"passes":2}}\'\n');
  });
});
