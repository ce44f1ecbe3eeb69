import { usage } from '../../base/cli.ts';
import { type Command, command } from '../../base/command.ts';
import { isNameText } from '../../base/x509/fields.ts';
import { caPaths, initCa, type StationTools } from '../ca.ts';
import { tokenKeyKinds } from '../token-keys.ts';
import { dir, keyOptions, tokenOptions, warnOfSoftware } from './options.ts';

export const initCommand = (tools: StationTools): Command =>
  command({
    summary: 'make the CA in a token or a file, or keep the existing one',
    options: {
      dir,
      name: {
        type: 'string',
        value: 'CN',
        describe: "the CA's common name",
        default: 'Pilotfish Factory CA',
      },
      key: {
        type: 'string',
        value: 'KIND',
        words: tokenKeyKinds,
        describe: `what key to make: ${tokenKeyKinds.join(', ')} (ec-p256 if not given)`,
      },
      ...tokenOptions,
    },
    async run(options, io) {
      if (!isNameText(options.name)) throw usage('--name: expected 1 to 64 printable characters');
      const { name: commonName, key: kind } = options;
      await using ca = await initCa(options.dir, {
        ...tools,
        ...keyOptions(options),
        commonName,
        kind,
      });
      const path = caPaths(options.dir).certificate;
      io.out(ca.isNew ? `CA made: ${path}` : `CA already exists, not changed: ${path}`);
      if (!ca.signer.isSoftware) io.out(`its key: ${ca.signer.place}`);
      warnOfSoftware(ca, io);
      return 0;
    },
  });
