import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCa } from '../../../agent/io/ca.ts';
import { mintCa } from '../../support/cloud-pki.ts';
import { folders } from '../../support/pki-folder.ts';

const folder = folders();
let dir = '';
beforeAll(async () => {
  dir = await folder();
});

describe('the file of the cloud’s CA', () => {
  it('is given as it is', async () => {
    const { certificatePem } = await mintCa();
    await writeFile(join(dir, 'ca.crt'), certificatePem);
    expect(await readCa(join(dir, 'ca.crt'))).toBe(certificatePem);
  });

  it.each([
    ['that is not there', undefined],
    ['that is empty', ''],
    ['without a certificate', 'hello\n'],
    ['with a damaged one', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
  ])('%s is a fault of the configuration, by name', async (name, text) => {
    const file = join(dir, name);
    if (text !== undefined) await writeFile(file, text);
    await expect(readCa(file)).rejects.toMatchObject({
      code: 'config-cloud-ca',
      message: expect.stringContaining(`cloudCa: ${file}`),
    });
  });
});
