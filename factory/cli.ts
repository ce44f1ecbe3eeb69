import { relative, resolve, sep } from 'node:path';
import { type CliIo, type Command, command, usage } from '../base/cli.ts';
import { codeOf, PilotfishError } from '../base/errors.ts';
import { writeFileDurable } from '../base/files.ts';
import { isNameText } from '../base/x509/fields.ts';
import { isRobotId } from '../protocol/topics.ts';
import { type Ca, caPaths, initCa, openCa, readCaCertificate, type StationTools } from './ca.ts';
import { issue } from './issue.ts';
import { openJournal } from './journal.ts';
import { listJournal } from './list.ts';
import { readRequest } from './request-file.ts';

const dir = {
  type: 'string',
  value: 'DIR',
  required: true,
  describe: "the station's folder: the CA and its journal",
} as const;

/** The station's commands. */
export function factoryCommands(tools: StationTools): Record<string, Command> {
  return {
    init: command({
      summary: 'make the CA, or leave the one that is there',
      options: {
        dir,
        name: {
          type: 'string',
          value: 'CN',
          describe: "the CA's common name",
          default: 'Pilotfish Factory CA',
        },
      },
      run: (options, io) => init({ ...tools, ...options }, io),
    }),
    sign: command({
      summary: 'take a certificate request, give a certificate chain',
      options: {
        dir,
        csr: { type: 'string', value: 'FILE', required: true, describe: 'the request, PEM' },
        serial: {
          type: 'string',
          value: 'SERIAL',
          required: true,
          describe: "the robot's serial, as the line knows it; the request must carry the same",
        },
        out: {
          type: 'string',
          value: 'FILE',
          required: true,
          describe: "where the chain goes: the robot's certificate, then the CA's, PEM",
        },
      },
      run: (options, io) => sign({ ...tools, ...options }, io),
    }),
    journal: command({
      summary: 'list what was issued and what is in quarantine',
      options: {
        dir,
        json: { type: 'boolean', describe: 'one JSON object per line' },
      },
      run: async (options, io) => {
        await readCaCertificate(options.dir); // A folder that is no station's stays as it is.
        return listJournal(await openJournal(options.dir), { isJson: options.json, io });
      },
    }),
  };
}

async function init(
  options: StationTools & { dir: string; name: string },
  io: CliIo,
): Promise<number> {
  if (!isNameText(options.name)) throw usage('--name: expected 1 to 64 printable characters');
  const ca = await initCa(options.dir, { ...options, commonName: options.name });
  const path = caPaths(options.dir).certificate;
  io.out(ca.isNew ? `CA made: ${path}` : `CA already there, left as it is: ${path}`);
  warnOfSoftware(ca, io);
  return 0;
}

function warnOfSoftware({ signer }: Ca, io: CliIo): void {
  if (!signer.isSoftware) return;
  io.err(`WARNING: SOFTWARE CA. The CA's private key is a plain file: ${signer.place}`);
  io.err('         Whoever copies it can make robots. Use this for trying things out only.');
}

async function sign(
  options: StationTools & { dir: string; csr: string; serial: string; out: string },
  io: CliIo,
): Promise<number> {
  const { serial, out } = options;
  if (!isRobotId(serial)) {
    const shown = JSON.stringify(serial.slice(0, 80));
    throw usage(`--serial is ${shown}, expected 1 to 64 of A-Z a-z 0-9 : _ -`);
  }
  checkOut(options);
  const csrPem = await readRequest(options.csr);
  const ca = await openCa(options.dir);
  const journal = await openJournal(options.dir);
  const { clock, random } = options;
  const outcome = await issue({ ca, journal, clock, random }, { serial, csrPem });
  if (!outcome.ok) {
    throw new PilotfishError(outcome.code, `${options.csr}: refused, ${outcome.message}`);
  }
  try {
    await writeFileDurable(out, outcome.chainPem);
  } catch (error) {
    throw new PilotfishError('out-unwritable', `--out ${out} cannot be written (${codeOf(error)})`);
  }
  const which = outcome.isNew ? 'certificate' : 'same certificate as before';
  io.out(`${which} ${outcome.certificateId} for ${serial}: ${out}`);
  return 0;
}

/** A slip of the hand must not write a chain over the CA's key, which nothing brings back. */
function checkOut({ dir, out }: { dir: string; out: string }): void {
  const [first = ''] = relative(resolve(dir), resolve(out)).split(sep);
  if (!['ca.crt', 'private', 'journal', 'quarantine'].includes(first)) return;
  throw usage(`--out ${out} is one of the station's own files, expected a place outside ${dir}`);
}
