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

describe('the CA file of the cloud', () => {
  it('is returned unchanged', async () => {
    const { certificatePem } = await mintCa();
    await writeFile(join(dir, 'ca.crt'), certificatePem);
    expect(await readCa(join(dir, 'ca.crt'))).toBe(certificatePem);
  });

  it.each([
    ['is missing', undefined],
    ['is empty', ''],
    ['holds no certificate', 'hello\n'],
    [
      'holds a damaged certificate',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    ],
  ])('is rejected as an error of the configuration when it %s', async (name, text) => {
    const file = join(dir, name);
    if (text !== undefined) await writeFile(file, text);
    await expect(readCa(file)).rejects.toMatchObject({
      code: 'config-cloud-ca',
      message: expect.stringContaining(`cloudCa: ${file}`),
    });
  });
});
