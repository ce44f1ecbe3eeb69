import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCloudTable } from '../support/demo-database.ts';
import {
  makeDemoFolder,
  processesIn,
  removeDemoFolder,
  startDemo,
} from '../support/demo-process.ts';

describe('a folder that an earlier demo has used', () => {
  let folder = '';
  const path = (...names: string[]) => join(folder, ...names);
  const rows = <K extends Parameters<typeof readCloudTable>[1]>(table: K) =>
    readCloudTable<K>(path('cloud', 'cloud.db'), table);

  beforeAll(async () => {
    folder = await makeDemoFolder();
    const { code, stderr } = await startDemo(['--dir', folder, '--speed', '300']).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
  afterAll(() => removeDemoFolder(folder));

  it('runs another demo with the same robot, the next mission and the other slot', async () => {
    const { code, stdout, stderr } = await startDemo(['--dir', folder, '--speed', '300']).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('All 9 steps succeeded');
    expect(stdout).not.toContain('\x1b');
    const wide = stdout
      .split('\n')
      .filter((line) => line.length > 80 && !line.includes('https://'));
    expect(wide).toEqual([]);
    expect(rows('certificates')).toHaveLength(1);
    const missions = rows('missions').map(({ value }) => value);
    expect(missions.map(({ status }) => status)).toEqual(['ended', 'ended']);
    expect(new Set(missions.map(({ missionId }) => missionId.split('-')[0])).size).toBe(1);
    expect(rows('shadows')[0]?.value.reported).toMatchObject({
      agent: { version: '1.3.0', slot: 'a' },
    });
    expect(await processesIn(folder)).toEqual([]);
  });

  it('names the process that crashed and the folder of the logs, and ends the other processes', async () => {
    const other = startDemo(['--dir', folder, '--json']);
    await other.line((line) => line.includes('"step":3'));
    const cloud = (await processesIn(folder)).find(({ line }) => line.includes('cloud-stub/main'));
    process.kill(cloud?.pid ?? Number.NaN, 'SIGKILL');
    const { code, stderr } = await other.ended;
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({
      error: {
        message: expect.stringMatching(
          /^step 4, ".*": cloud-stub has ended by itself \(killed by SIGKILL\)/,
        ),
        hint: `the logs are in ${path('logs')}`,
      },
    });
    expect(await processesIn(folder)).toEqual([]);
  });

  it('leaves no process when it is killed, and the next demo waits until they have ended', async () => {
    const killed = startDemo(['--dir', folder, '--json']);
    await killed.line((line) => line.includes('"step":3'));
    killed.child.kill('SIGKILL');
    const next = startDemo(['--dir', folder, '--json']);
    await next.line((line) => line.includes('"step":2'));
    next.child.kill('SIGKILL');
    await killed.ended;
    await expect.poll(() => processesIn(folder), { timeout: 20_000 }).toEqual([]);
  });

  it('ends when npm ends without passing the signal on', async () => {
    const other = startDemo(['--dir', folder, '--json'], { isUnderNpm: true });
    await other.line((line) => line.includes('"step":2'));
    other.child.kill('SIGKILL');
    await expect.poll(() => processesIn(folder), { timeout: 20_000 }).toEqual([]);
  });

  it('ends at once when it is interrupted again while one of its processes does not end', async () => {
    const other = startDemo(['--dir', folder, '--json']);
    await other.line((line) => line.includes('"step":2'));
    const cloud = (await processesIn(folder)).find(({ line }) => line.includes('cloud-stub/main'));
    process.kill(cloud?.pid ?? Number.NaN, 'SIGSTOP');
    let isOver = false;
    const ended = other.ended.finally(() => {
      isOver = true;
    });
    const interrupt = () => {
      other.child.kill('SIGINT');
      return isOver;
    };
    await expect.poll(interrupt, { timeout: 7000 }).toBe(true);
    expect((await ended).code).toBe(130);
    await expect.poll(() => processesIn(folder)).toEqual([]);
  });
});
