import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { options } from '../../../agent/cli/options.ts';
import { readSettings } from '../../../agent/cli/settings.ts';
import { agentConfig } from '../../../agent/config.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

const least = { robot: 'R1', dataDir: 'data', cloudHost: 'cloud.example', cloudCa: 'ca.pem' };

async function read(content: object | string, env: Record<string, string> = {}) {
  const file = join(folder, 'robot.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  return readSettings(file, env);
}

const without = (key: string) =>
  Object.fromEntries(Object.entries(least).filter(([name]) => name !== key));

describe('the settings', () => {
  it('have defaults, and paths beside the file', async () => {
    const settings = await read(least);
    expect(settings).toMatchObject({
      robot: 'R1',
      dataDir: join(folder, 'data'),
      cloudCa: join(folder, 'ca.pem'),
      cloudPort: 8883,
      keepAliveS: 60,
      connectTimeoutS: 15,
      firmwareKeys: '',
      shadow: true,
    });
    expect(Object.keys(settings)).toEqual(Object.keys(options));
  });

  it('keep absolute paths', async () => {
    expect(await read({ ...least, dataDir: '/srv/robot' })).toMatchObject({
      dataDir: '/srv/robot',
    });
  });

  it('prefer the environment where an option allows it', async () => {
    const env = { PILOTFISH_BOARD: '/run/b', PILOTFISH_ROBOT: 'R9' };
    expect(await read({ ...least, board: '/run/a' }, env)).toMatchObject({
      board: '/run/b',
      robot: 'R1',
    });
  });

  it('require a PKCS#11 module for a key in a token', async () => {
    const deviceKey = 'pkcs11:token=robot;object=device?pin-source=file:/pin';
    await expect(read({ ...least, deviceKey })).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(
        /^pkcs11Module in .*: is missing, and deviceKey is in a token$/,
      ),
    });
    expect(await read({ ...least, deviceKey, pkcs11Module: 'p11.so' })).toMatchObject({
      deviceKey,
      pkcs11Module: join(folder, 'p11.so'),
      pkcs11Socket: '',
      opensslEngines: '',
    });
  });

  it('treat an option with null as absent', async () => {
    expect(await read({ ...least, cloudPort: null })).toMatchObject({ cloudPort: 8883 });
  });

  it.each([
    ['disable updates without keys', {}, false],
    ['disable updates without the jobs service', { firmwareKeys: 'k.pem', jobs: false }, false],
    ['enable updates with both', { firmwareKeys: 'k.pem' }, true],
  ])('%s', async (_name, change, enabled) => {
    expect(agentConfig(await read({ ...least, ...change })).updates.enabled).toBe(enabled);
  });

  it('reach the machines in their units', async () => {
    const config = agentConfig(
      await read({ ...least, progressS: 0.5, reportsKiBMax: 64, retryS: 3, healthS: 9 }),
    );
    expect(config.missions).toMatchObject({
      progressMs: 500,
      reportBytesMax: 65_536,
      resendMs: 6000,
    });
    expect(config.link).toEqual({ retryMs: 3000, retryMsMax: 300_000 });
    expect(config.updates.healthMs).toBe(9000);
  });
});

type InvalidRow = readonly [key: string, value: unknown, expected: string];
const number = (
  key: string,
  invalid: unknown,
  from: number,
  to: number,
  whole = false,
): InvalidRow => [key, invalid, `a ${whole ? 'whole ' : ''}number from ${from} to ${to}`];

describe('an invalid option', () => {
  it.each<InvalidRow>([
    ['robot', 'a b', '1 to 64 letters'],
    ['robot', 'x'.repeat(65), '1 to 64 letters'],
    ['robot', 7, 'a text'],
    ['robot', '', 'a text that is not empty'],
    ['dataDir', '', 'a text that is not empty'],
    ['cloudHost', ['a'], 'a text'],
    ['cloudCa', false, 'a text'],
    ['firmwareKeys', 5, 'a text'],
    ['deviceKey', 'key.pem', '"file" or a PKCS#11 URI'],
    ['deviceKey', 'files', '"file" or a PKCS#11 URI'],
    ['pkcs11Module', true, 'a text'],
    ['board', {}, 'a text'],
    ['shadow', 'yes', 'true or false'],
    ['jobs', 1, 'true or false'],
    number('cloudPort', '8883', 1, 65_535, true),
    number('cloudPort', 0, 1, 65_535, true),
    number('cloudPort', 65_536, 1, 65_535, true),
    number('cloudPort', 8883.5, 1, 65_535, true),
    number('keepAliveS', 4, 5, 1200, true),
    number('keepAliveS', 5.5, 5, 1200, true),
    number('connectTimeoutS', 0, 1, 120),
    number('connectTimeoutS', 121, 1, 120),
    number('progressS', 0, 0.1, 3600),
    number('reportsMax', 1.5, 1, 10_000, true),
    number('reportsKiBMax', 63, 64, 65_536),
    number('retryS', 601, 0.1, 600),
    number('retrySMax', 0.5, 1, 3600),
    number('healthS', 4, 5, 3600),
  ])('is reported in one line that names %s: %j', async (key, value, expected) => {
    const error = await read({ ...least, [key]: value }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'config-invalid' });
    const { message, hint } = error as { message: string; hint: string };
    const shown = JSON.stringify(value).slice(0, 20);
    expect(message).toMatch(new RegExp(`^${key} in .*robot\\.json: is `));
    expect(message).toContain(shown);
    expect(message).toContain(`expected ${expected}`);
    expect(message).not.toContain('\n');
    expect(hint).not.toBe('');
  });

  it.each(Object.keys(least))('is reported when %s is missing', async (key) => {
    await expect(read(without(key))).rejects.toMatchObject({
      code: 'config-invalid',
      message: expect.stringMatching(new RegExp(`^${key} in .*: is missing$`)),
    });
  });

  it.each(['clowdHost', '__proto__', 'constructor', 'toString'])(
    'is reported when %s is unknown',
    async (key) => {
      const text = JSON.stringify(least).replace('{', `{"${key}":1,`);
      await expect(read(text)).rejects.toMatchObject({
        code: 'config-invalid',
        message: expect.stringContaining(`${key} in`),
        hint: expect.stringContaining('robot, dataDir'),
      });
    },
  );

  it.each(['', '{', '[]', '"text"', 'null', '{"robot":"R1",}'])(
    'is reported when the file is %j',
    async (text) => {
      await expect(read(text)).rejects.toMatchObject({ code: 'config-invalid' });
    },
  );

  it('is not caused by a byte order mark', async () => {
    expect(await read(`\uFEFF${JSON.stringify(least)}`)).toMatchObject({ robot: 'R1' });
  });

  it('is reported together with all others, each with its place', async () => {
    const text = `{
  "robot": "R1", "dataDir": "data",
  "clowdHost": "cloud.example",
  "cloudPort": "8883",
  "shadow": 'no'
}`;
    await expect(read(text)).rejects.toMatchObject({
      message: expect.stringMatching(/robot\.json is not a JSON object: line 5, column 13: .*'$/),
    });
    const error = await read(text.replace("'no'", '"no"')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'config-invalid' });
    expect((error as Error).message).toMatch(
      /^clowdHost in .*robot\.json: no such option \(did you mean "cloudHost"\?\), at line 3, column 3$/,
    );
    expect((error as { hint: string }).hint.split('\n  ').slice(1)).toEqual([
      'cloudHost: is missing',
      'cloudPort: is "8883", expected a whole number from 1 to 65535, at line 4, column 16',
      'cloudCa: is missing',
      'shadow: is "no", expected true or false, at line 5, column 13',
    ]);
  });

  it('is reported as a missing file when there is none', async () => {
    await expect(readSettings(join(folder, 'none.json'), {})).rejects.toMatchObject({
      code: 'config-unreadable',
      message: expect.stringContaining('ENOENT'),
    });
  });
});
