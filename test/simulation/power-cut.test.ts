import { beforeAll, describe, expect, it } from 'vitest';
import { createFirmware } from '../../agent/io/firmware.ts';
import { createIdentity } from '../../agent/io/identity.ts';
import { createMaps } from '../../agent/io/maps.ts';
import type { Identity } from '../../agent/ports.ts';
import { seededRandom } from '../../base/random.ts';
import { makeCsr } from '../../base/x509/csr.ts';
import { readCsr } from '../../base/x509/read-csr.ts';
import type { RenewalCa } from '../../cloud-stub/renewal-ca.ts';
import type { BodyMap } from '../../hal/robot-body.ts';
import { identityFolder, provisionedFiles, worldCa } from './world/factory.ts';
import { type Step, worldFiles } from './world/file-system.ts';
import { WorldFiles } from './world/files.ts';
import { worldHttp } from './world/http.ts';
import { makersKeys, offerOf } from './world/images.ts';
import { worldKeys } from './world/keys.ts';
import { hardwareId, robot, startMs } from './world/world.ts';

// The agent's own adapters on the world's medium, and a power cut.

const { signal } = new AbortController();
const http = worldHttp(async () => undefined);
let provisioned: WorldFiles;
let ca: RenewalCa;
beforeAll(async () => {
  provisioned = await provisionedFiles(robot, startMs);
  ca = await worldCa('CA');
});

const identityOn = (medium: WorldFiles, step?: Step): Identity => {
  const files = worldFiles(medium, step);
  let keysMade = 0;
  const keys = worldKeys(files, () => ++keysMade);
  return createIdentity({ files, folder: identityFolder, robot, keys, makeCsr });
};

const stageRenewal = async (identity: Identity, key: 'same' | 'new'): Promise<void> => {
  const read = readCsr((await identity.request(key, signal)).csr);
  if (!read.ok) throw new Error(read.message);
  const task = {
    ...({ kind: 'sign', robot, publicKey: read.csr.publicKey, lifeMs: 1e10 } as const),
    ...{ keyHash: '', notBeforeMs: undefined, sessionId: '', requestedBy: '' },
  };
  await identity.stage(await ca.sign(task, startMs), startMs);
};

/** Everything that is not flushed is lost. */
const loseAll = (medium: WorldFiles): void =>
  medium.cutPower(
    () => 0,
    () => {},
  );

describe('a power cut after the end of an operation', () => {
  it('keeps a map that was stored in a new folder', async () => {
    const medium = new WorldFiles();
    const encode = async ({ cells }: BodyMap) => cells;
    const maps = createMaps({ folder: 'maps', files: worldFiles(medium), http, encode });
    const cells = Uint8Array.of(1, 2, 3);
    await maps.keep(
      'm',
      { width: 3, height: 1, resolution: 1, origin: { x: 0, y: 0 }, cells },
      signal,
    );
    loseAll(medium);
    expect(medium.read('maps/map-m.png')).toEqual(cells);
  });

  it('keeps a security floor that was raised in a new folder', async () => {
    const medium = new WorldFiles();
    const parts = { keys: makersKeys, floorsFolder: 'floors', ownCounter: 0, http };
    const open = () => createFirmware({ ...parts, files: worldFiles(medium) });
    await (await open()).raiseFloor(7);
    loseAll(medium);
    const offer = offerOf({ version: '2.0.0', counter: 6, kind: 'good' }, hardwareId);
    const verdict = await (await open()).check(offer, hardwareId, startMs);
    expect(verdict).toMatchObject({ ok: false, code: 'rollback' });
  });

  it.each(['same', 'new'] as const)('keeps a renewal with the %s key', async (key) => {
    const medium = provisioned.copy();
    const identity = identityOn(medium);
    await stageRenewal(identity, key);
    const { next } = await identity.facts();
    loseAll(medium);
    expect((await identity.facts()).next).toEqual(next);
    await identity.promote();
    const facts = await identity.facts();
    expect(facts).toMatchObject({ current: next, next: null, 'previous-1': expect.anything() });
    loseAll(medium);
    expect(await identityOn(medium).facts()).toEqual(facts);
    await identity.forget(['previous-1']);
    loseAll(medium);
    expect(await identityOn(medium).facts()).toEqual({ current: next, next: null });
  });
});

describe('a power cut at any step of a renewal', () => {
  class Cut extends Error {}

  /** Renews until step `at`, where the power goes. Returns whether it went. */
  const renewUntil = async (medium: WorldFiles, at: number): Promise<boolean> => {
    let steps = 0;
    const identity = identityOn(medium, async (_what, change) => {
      if (++steps >= at) throw new Cut();
      change();
    });
    try {
      await stageRenewal(identity, 'new');
      await identity.promote();
      await identity.forget(['previous-1']);
      return steps >= at;
    } catch (error) {
      if (!(error instanceof Cut)) throw error;
      return true;
    }
  };

  const fates: readonly (readonly [string, () => () => number])[] = [
    ['nothing', () => () => 0],
    ['everything', () => () => 0.5],
    ...[1, 2].map((n) => [`chance ${n}`, () => seededRandom(n)] as const),
  ];

  it.each(fates)(
    'that leaves %s of what was not flushed leaves whole credentials, and the way free',
    async (_name, fate) => {
      let isCut = true;
      let at = 1;
      for (; isCut; at++) {
        const medium = provisioned.copy();
        isCut = await renewUntil(medium, at);
        medium.cutPower(fate(), () => {});
        const identity = identityOn(medium);
        await expect(identity.credentials('current')).resolves.toBeDefined();
        await identity.discard();
        await stageRenewal(identity, 'same');
        const { next } = await identity.facts();
        await identity.promote();
        expect(await identity.facts()).toMatchObject({ current: next, next: null });
      }
      expect(at).toBeGreaterThan(40);
    },
  );
});
