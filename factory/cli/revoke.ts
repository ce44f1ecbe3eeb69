import { type Command, command } from '../../base/command.ts';
import { confirmByName, yes } from '../../base/confirm.ts';
import { PilotfishError } from '../../base/errors.ts';
import { writeOutput } from '../../base/output-file.ts';
import { revocationReasonNames } from '../../base/x509/crl.ts';
import { openCa, readCaCertificate, type StationTools } from '../ca.ts';
import { nextCrl } from '../crl.ts';
import { openJournal } from '../journal.ts';
import { openRevocations, revocationOf } from '../revocations.ts';
import { checkOut, checkSerial, dir, keyOptions, serial, tokenOptions } from './options.ts';

/** Revocation needs no key: it is a record, and the next list carries it. */
export const revokeCommand = ({ clock }: StationTools): Command =>
  command({
    summary: "revoke a robot's certificate for good; the next crl carries it",
    options: {
      dir,
      serial,
      reason: {
        type: 'string',
        value: 'REASON',
        words: revocationReasonNames,
        default: 'unspecified',
        describe: `one of ${revocationReasonNames.join(', ')}`,
      },
      yes,
    },
    async run(options, io) {
      checkSerial(options.serial);
      const { reason } = options;
      await readCaCertificate(options.dir);
      const issued = await (await openJournal(options.dir)).issued(options.serial);
      if (issued === undefined) {
        throw new PilotfishError(
          'not-issued',
          `"${options.serial}" has no certificate from this station`,
          { hint: `factory journal --dir ${options.dir} lists who has one` },
        );
      }
      const revocations = await openRevocations(options.dir);
      if ((await revocations.of(options.serial)) === undefined) {
        const consequence = `revoke invalidates the certificate of ${options.serial} forever, and it gets no other`;
        await confirmByName({ name: options.serial, consequence, yes: options.yes }, io);
      }
      const entry = revocationOf(issued, { reason, nowMs: clock.wallMs() });
      const { revocation, isNew } = await revocations.add(entry);
      const since = new Date(revocation.revokedMs).toISOString();
      io.out(
        isNew
          ? `revoked: ${options.serial} (${revocation.reason}), certificate ${issued.certificateId}`
          : `already revoked: ${options.serial} (${revocation.reason}) since ${since}`,
      );
      io.out('no broker knows it before: factory crl, and the list brought to the broker');
      return 0;
    },
  });

export const crlCommand = ({ clock }: StationTools): Command =>
  command({
    summary: "make the CA's certificate revocation list",
    options: {
      dir,
      out: { type: 'string', value: 'FILE', required: true, describe: 'where the list goes, PEM' },
      days: {
        type: 'number',
        value: 'N',
        default: 30,
        min: 1,
        max: 3650,
        describe: 'days until it expires; an expired list locks every robot out',
      },
      ...tokenOptions,
    },
    async run(options, io) {
      const target = await checkOut(options);
      await using ca = await openCa(options.dir, keyOptions(options));
      const revocations = await openRevocations(options.dir);
      const station = { ca, revocations, folder: options.dir, nowMs: clock.wallMs() };
      const { pem, number, count, nextUpdateMs } = await nextCrl(station, options.days);
      await writeOutput(target, pem);
      const end = new Date(nextUpdateMs).toISOString().slice(0, 19);
      io.out(`CRL ${number}: ${count} revoked: ${options.out}`);
      io.err(`make the next one before ${end}Z: brokers refuse EVERY robot when it has expired`);
      return 0;
    },
  });
