import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folders } from '../support/pki-folder.ts';
import { call, killed, readBundle, requestCertificate, spawnStation } from '../support/pki-line.ts';
import { robotRequest, runFactoryProgram } from '../support/pki-station.ts';
import { softToken } from '../support/pki-token.ts';

const folder = folders();

it('two stations on one token serve the line together, also after the HSM is removed and returned', async () => {
  const dir = await folder();
  const ca = join(dir, 'ca');
  const token = await softToken(dir);
  const factory = (...argv: string[]) => runFactoryProgram(token.env, ...argv);
  expect(await factory('init', '--dir', ca, ...token.options)).toMatchObject({ exitCode: 0 });
  const out = join(dir, 'jig');
  await factory('fixture', '--dir', ca, '--name', 'jig-1', '--out', out);
  const jig = await readBundle(out);
  const options = { env: token.env, more: ['--pin-file', token.pinFile] };
  const stations = [await spawnStation(ca, options), await spawnStation(ca, options)];
  try {
    const ports = stations.map(({ port }) => port);
    const want = async (at: number) => {
      const serial = `robot-${at}`;
      const { csrPem } = await robotRequest(dir, { serial });
      return requestCertificate(ports[at % 2] ?? 0, jig, { serial, csr: csrPem });
    };
    const replies = await Promise.all(Array.from({ length: 20 }, (_, at) => want(at)));
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200));

    // SoftHSM reads its files at each use: a token whose folder is away is an HSM whose cable is out.
    await rename(join(dir, 'tokens'), join(dir, 'away'));
    for (const at of [20, 21]) {
      const reply = await want(at);
      expect(reply).toMatchObject({
        status: 503,
        body: { code: expect.stringMatching(/^pkcs11-/) },
      });
      expect(await call(ports[at % 2] ?? 0, jig)).toMatchObject({ status: 503 });
    }
    await rename(join(dir, 'away'), join(dir, 'tokens'));
    for (const at of [22, 23]) {
      expect(await want(at)).toMatchObject({ status: 200 });
      expect(await call(ports[at % 2] ?? 0, jig)).toMatchObject({ status: 200 });
    }
    for (const { said } of stations) expect(said()).not.toContain(token.pin);
  } finally {
    await Promise.all(stations.map(({ child }) => killed(child)));
  }
});
