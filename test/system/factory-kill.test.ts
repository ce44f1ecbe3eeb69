import { X509Certificate } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { cp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { openJournal } from '../../factory/journal.ts';
import { folders } from '../support/pki-folder.ts';
import {
  type Credentials,
  killed,
  type Reply,
  readBundle,
  requestCertificate,
  spawnStation,
} from '../support/pki-line.ts';
import { seededRandom } from '../support/pki-mutate.ts';
import { robotRequest, runFactory, runFactoryProgram } from '../support/pki-station.ts';

const folder = folders();
const crashing = ['--import', fileURLToPath(new URL('../support/crash-at.ts', import.meta.url))];

let fresh = '';
let jig: Credentials;

/** A station's folder with a CA and the fixture `jig-1`, of its own for each test. */
async function stationFolder(): Promise<{ dir: string; ca: string }> {
  const dir = await folder();
  await cp(join(fresh, 'ca'), join(dir, 'ca'), { recursive: true });
  return { dir, ca: join(dir, 'ca') };
}

beforeAll(async () => {
  fresh = await folder();
  const ca = join(fresh, 'ca');
  await runFactory('init', '--dir', ca);
  const out = join(fresh, 'jig');
  const made = await runFactory('fixture', '--dir', ca, '--name', 'jig-1', '--out', out);
  expect(made).toMatchObject({ exitCode: 0, err: '' });
  jig = await readBundle(out);
});

const entries = async (ca: string): Promise<string[]> =>
  (await readdir(join(ca, 'journal'))).filter((name) => !name.startsWith('.'));

describe('a station that is killed between any two steps', () => {
  it('runs again, and the robot has exactly one certificate', async () => {
    let crashes = 0;
    for (let at = 1; ; at++) {
      const { dir, ca } = await stationFolder();
      const { csrPem } = await robotRequest(dir, { serial: 'robot-1' });
      const body = { serial: 'robot-1', csr: csrPem };
      const dying = await spawnStation(ca, { env: { CRASH_AT: `${at}` }, nodeArgs: crashing });
      const reply = await requestCertificate(dying.port, jig, body).catch(() => undefined);
      await killed(dying.child);
      const station = await spawnStation(ca);
      try {
        const [first, second] = [
          await requestCertificate(station.port, jig, body),
          await requestCertificate(station.port, jig, body),
        ];
        expect(first.status).toBe(200);
        expect(second.body).toEqual({ ...first.body, isNew: false });
        // An answer that was received stays true.
        if (reply !== undefined) expect(reply.body.certificateId).toBe(first.body.certificateId);
        expect(await entries(ca)).toHaveLength(1);
      } finally {
        await killed(station.child);
      }
      if (reply !== undefined) break;
      crashes += 1;
    }
    expect(crashes).toBeGreaterThan(5);
  });
});

describe('stations that are killed at random under load', () => {
  it('issue one certificate to each robot, and the same one for the same key', async () => {
    const { dir, ca } = await stationFolder();
    const random = seededRandom(7);
    const robots = await Promise.all(
      Array.from({ length: 80 }, (_, at) => robotRequest(dir, { serial: `robot-${at}` })),
    );
    const stations = [await spawnStation(ca), await spawnStation(ca)];
    const answered = new EventEmitter();
    const issued = new Map<string, Set<unknown>>();
    let areKilled = false;
    // Each time after some answers, while the other fixtures' requests are pending.
    const killer = async () => {
      for (let kills = 0; kills < 10; kills++) {
        for (let answers = 1 + random(12); answers > 0; answers--) await once(answered, 'one');
        const at = random(2);
        await killed(stations[at]?.child ?? expect.fail());
        stations[at] = await spawnStation(ca);
      }
      areKilled = true;
    };
    let next = 0;
    // New robots and robots that repeat their request, until the killer is done and each has an answer.
    const fixture = async () => {
      while (!areKilled || next < robots.length) {
        const isNew = next < robots.length && random(2) === 0;
        const at = isNew ? next++ : random(Math.max(1, next));
        const serial = `robot-${at}`;
        for (let reply: Reply | undefined; reply === undefined; ) {
          const port = stations[random(2)]?.port ?? 0;
          reply = await requestCertificate(port, jig, { serial, csr: robots[at]?.csrPem }).catch(
            () => undefined,
          );
          if (reply === undefined) continue;
          expect(reply).toMatchObject({ status: 200 });
          issued.set(serial, (issued.get(serial) ?? new Set()).add(reply.body.certificateId));
          answered.emit('one');
        }
      }
    };
    try {
      await Promise.all([killer(), fixture(), fixture(), fixture(), fixture()]);
    } finally {
      await Promise.all(stations.map(({ child }) => killed(child)));
    }
    expect(await entries(ca)).toHaveLength(robots.length);
    const journal = await openJournal(ca);
    for (const [at, { privateKey }] of robots.entries()) {
      const entry = await journal.issued(`robot-${at}`);
      expect([...(issued.get(`robot-${at}`) ?? [])]).toEqual([entry?.certificateId]);
      const certificate = new X509Certificate(entry?.certificatePem ?? '');
      expect(certificate.checkPrivateKey(privateKey)).toBe(true);
    }
  });
});

describe('a command that is killed between any two steps', () => {
  it.each<[string, (place: { dir: string; ca: string }) => string[], RegExp]>([
    [
      'fixture',
      ({ dir, ca }) => ['fixture', '--dir', ca, '--name', 'jig-2', '--out', join(dir, 'jig-2')],
      /fixture.* jig-2 [0-9a-f]{64}/,
    ],
    [
      'revoke',
      ({ ca }) => ['revoke', '--dir', ca, '--serial', 'robot-1', '--yes'],
      /revoked: robot-1/,
    ],
    [
      'crl',
      ({ dir, ca }) => ['crl', '--dir', ca, '--out', join(dir, 'crl')],
      /^CRL \d+: 0 revoked/,
    ],
    ['init', ({ dir }) => ['init', '--dir', join(dir, 'new')], /CA (made|already)/],
  ])('completes its work when it runs again: %s', async (_, argvOf, expected) => {
    const robot = await robotRequest(fresh, { serial: 'robot-1' });
    const out = join(fresh, 'chain');
    for (let at = 1; ; at++) {
      const place = await stationFolder();
      const names = ['--csr', robot.path, '--serial', 'robot-1', '--out', out];
      await runFactory('sign', '--dir', place.ca, ...names);
      const argv = argvOf(place);
      const env = { CRASH_AT: `${at}`, NODE_OPTIONS: crashing.join(' ').replace(' ', '=') };
      const first = await runFactoryProgram(env, ...argv);
      const again = await runFactory(...argv);
      expect(again, again.err).toMatchObject({ exitCode: 0 });
      expect(again.out).toMatch(expected);
      if (first.exitCode === 0) break;
      expect(first.exitCode).toBe(-1);
    }
  });
});

it('a station with a full disk reports it, issues nothing, and works again when there is room', async () => {
  const { dir, ca } = await stationFolder();
  const { csrPem } = await robotRequest(dir, { serial: 'robot-1' });
  const body = { serial: 'robot-1', csr: csrPem };
  // A limit on the size of files is as good as a full disk: each write fails.
  const limited = await spawnStation(ca, { shell: 'ulimit -f 0' });
  try {
    const reply = await requestCertificate(limited.port, jig, body);
    expect(reply).toMatchObject({ status: 507, body: { code: 'disk-full' } });
    expect(await readdir(join(ca, 'journal'))).toEqual([]);
  } finally {
    await killed(limited.child);
  }
  const station = await spawnStation(ca);
  try {
    expect(await requestCertificate(station.port, jig, body)).toMatchObject({
      status: 200,
      body: { isNew: true },
    });
  } finally {
    await killed(station.child);
  }
});

it('a station that is stopped sends its answer first', async () => {
  const { dir, ca } = await stationFolder();
  const { csrPem } = await robotRequest(dir, { serial: 'robot-1' });
  const station = await spawnStation(ca);
  const pending = requestCertificate(station.port, jig, { serial: 'robot-1', csr: csrPem });
  const ended = new Promise((resolve) => station.child.on('close', resolve));
  expect(await pending).toMatchObject({ status: 200 });
  station.child.kill('SIGTERM');
  expect(await ended).toBe(0);
  expect(station.said()).toContain('"msg":"station stops"');
});
