import { type Command, command } from '../../base/command.ts';
import { PilotfishError } from '../../base/errors.ts';
import { writeOutput } from '../../base/output-file.ts';
import { openCa, type StationTools } from '../ca.ts';
import { issue } from '../issue.ts';
import { openJournal } from '../journal.ts';
import { readRequest } from '../request-file.ts';
import { openRevocations } from '../revocations.ts';
import { checkOut, checkSerial, dir, keyOptions, serial, tokenOptions } from './options.ts';

export const signCommand = (tools: StationTools): Command =>
  command({
    summary: 'read a certificate request and write a certificate chain',
    options: {
      dir,
      csr: { type: 'string', value: 'FILE', required: true, describe: 'the request, PEM' },
      serial: { ...serial, describe: `${serial.describe}; the request must carry the same` },
      out: {
        type: 'string',
        value: 'FILE',
        required: true,
        describe: "where the chain goes: the robot's certificate, then the CA's, PEM",
      },
      ...tokenOptions,
    },
    async run(options, io) {
      checkSerial(options.serial);
      const target = await checkOut(options, { '--csr': options.csr });
      const csrPem = await readRequest(options.csr);
      await using ca = await openCa(options.dir, keyOptions(options));
      const journal = await openJournal(options.dir);
      const revocations = await openRevocations(options.dir);
      const station = { ...tools, ca, journal, revocations };
      await journal.check();
      const outcome = await issue(station, { serial: options.serial, csrPem });
      if (!outcome.ok) {
        throw new PilotfishError(outcome.code, `${options.csr}: refused, ${outcome.message}`);
      }
      await writeOutput(target, outcome.chainPem);
      const which = outcome.isNew ? 'certificate' : 'same certificate as before';
      io.out(`${which} ${outcome.certificateId} for ${options.serial}: ${options.out}`);
      return 0;
    },
  });
