import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createFirmware, readFirmwareKeys } from '../../../agent/io/firmware.ts';
import { createHttp } from '../../../agent/io/http.ts';
import { nodeFiles } from '../../../base/files.ts';
import { nowMs } from '../../support/agent-machine.ts';
import { newPublisher, signed } from '../../support/agent-signing.ts';
import { manifest } from '../../support/agent-updates.ts';

const maker = newPublisher();
const folders: string[] = [];
let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'agent-firmware-'));
  folders.push(folder);
  await writeFile(join(folder, 'keys.pem'), maker.publicKey);
});
afterAll(async () => {
  for (const made of folders) await rm(made, { recursive: true });
});

const open = async (keysFile = join(folder, 'keys.pem'), ownCounter = 0) =>
  createFirmware({
    keys: await readFirmwareKeys(keysFile),
    ownCounter,
    files: nodeFiles,
    floorsFolder: join(folder, 'floors'),
    http: createHttp({ caFile: '' }),
  });
const floorFile = () => join(folder, 'floors', 'security-counter');

/** The verdict on an image with this counter. */
async function verdict(securityCounter: number) {
  const envelope = signed({ ...manifest, securityCounter }, [maker]);
  const result = await (await open()).check(envelope, manifest.hardwareId, nowMs);
  return result.ok ? 'trusted' : result.code;
}

describe('the security floor', () => {
  it('is zero on a new robot', async () => {
    expect(await verdict(0)).toBe('trusted');
  });

  it('is at least the counter of the running image, whatever was lost', async () => {
    const firmware = await open(undefined, 5);
    const isBelieved = async (securityCounter: number) => {
      const envelope = signed({ ...manifest, securityCounter }, [maker]);
      return (await firmware.check(envelope, manifest.hardwareId, nowMs)).ok;
    };
    expect([await isBelieved(4), await isBelieved(5)]).toEqual([false, true]);
  });

  it('is stored even when the running image has the same counter, because the next one may have none', async () => {
    await (await open(undefined, 7)).raiseFloor(7);
    expect(await verdict(6)).toBe('rollback');
  });

  it('is read although a killed writer left a file, which is removed at the next start', async () => {
    await (await open()).raiseFloor(7);
    const left = join(folder, 'floors', '.security-counter.0123456789ab.tmp');
    await writeFile(left, '9');
    expect(await verdict(6)).toBe('rollback');
    expect(await readdir(join(folder, 'floors'))).toEqual(['security-counter']);
  });

  it('rises, and is kept over a restart', async () => {
    await (await open()).raiseFloor(7);
    expect([await verdict(6), await verdict(7)]).toEqual(['rollback', 'trusted']);
  });

  it('is the counter of the running image when the file is lost', async () => {
    const firmware = await open(undefined, 5);
    const check = (securityCounter: number) => {
      const envelope = signed({ ...manifest, securityCounter }, [maker]);
      return firmware.check(envelope, manifest.hardwareId, nowMs);
    };
    expect([(await check(4)).ok, (await check(5)).ok]).toEqual([false, true]);
  });

  it('accepts the largest counter that a manifest may have', async () => {
    await (await open()).raiseFloor(Number.MAX_SAFE_INTEGER);
    expect(await verdict(Number.MAX_SAFE_INTEGER)).toBe('trusted');
    expect(await verdict(Number.MAX_SAFE_INTEGER - 1)).toBe('rollback');
  });

  it('never falls', async () => {
    const firmware = await open();
    await firmware.raiseFloor(7);
    await firmware.raiseFloor(3);
    expect(await verdict(6)).toBe('rollback');
    expect(await readFile(floorFile(), 'utf8')).toBe('7\n');
  });

  it.each(['', 'seven', '-1', '1e9', '7 8'])(
    'rejects every image when its file cannot be read (%j)',
    async (text) => {
      const firmware = await open();
      await firmware.raiseFloor(7);
      await writeFile(floorFile(), text);
      await expect(verdict(99)).rejects.toMatchObject({ code: 'floor-unreadable' });
      await firmware.raiseFloor(8);
      expect([await verdict(7), await verdict(8)]).toEqual(['rollback', 'trusted']);
    },
  );
});

describe('the firmware keys', () => {
  it('verify no manifest when there are none', async () => {
    const firmware = await open('');
    expect(
      await firmware.check(signed(manifest, [maker]), manifest.hardwareId, nowMs),
    ).toMatchObject({
      ok: false,
      code: 'untrusted',
    });
  });

  it.each([
    ['is missing', undefined],
    ['holds no key', 'text'],
    ['holds a damaged key', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'],
  ])('are rejected as an error of the configuration when the file %s', async (_name, text) => {
    const file = join(folder, 'other.pem');
    if (text !== undefined) await writeFile(file, text);
    await expect(open(file)).rejects.toMatchObject({
      code: 'config-firmware-keys',
      message: expect.stringContaining(file),
    });
  });
});
