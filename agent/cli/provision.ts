import { usage } from '../../base/cli.ts';
import type { Clock } from '../../base/clock.ts';
import { type CliIo, type Command, command } from '../../base/command.ts';
import { codeOf, explain, PilotfishError } from '../../base/errors.ts';
import { readCertificateFile } from '../../base/x509/certificate-file.ts';
import { certificateId, readChain } from '../../base/x509/certificates.ts';
import type { Identity } from '../ports.ts';
import type { Settings } from './options.ts';
import { readSettings } from './settings.ts';

/** The factory's station, and the credentials of the line's fixture. */
export interface StationAccess {
  readonly url: string;
  /** PEM files: the line's CA, the fixture's certificate and key. */
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface StationRequest {
  readonly serial: string;
  /** PEM. */
  readonly csr: string;
}

/** The station's answer. */
export interface Issued {
  readonly certificateId: string;
  /** PEM, leaf first. */
  readonly chain: string;
  /** False when the station had issued it before. */
  readonly isNew: boolean;
}

/** What the command needs built; `main.ts` provides it. */
export interface ProvisionParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Pick<Clock, 'wallMs'>;
  identity(settings: Settings): Identity | Promise<Identity>;
  callStation(
    access: StationAccess,
    request: StationRequest,
    options: { signal: AbortSignal },
  ): Promise<Issued>;
}

const fileOption = (describe: string) => ({ type: 'string', value: 'FILE', describe }) as const;

const options = {
  config: { ...fileOption("the agent's configuration, a JSON file"), required: true },
  certificate: fileOption('the certificate chain that the factory answered'),
  station: {
    type: 'string',
    value: 'URL',
    describe: 'request the certificate from this factory station and store it',
  },
  'station-ca': fileOption("the line's CA, line-ca.crt"),
  'fixture-cert': fileOption("the fixture's certificate, fixture.crt"),
  'fixture-key': fileOption("the fixture's key, fixture.key"),
  again: { type: 'boolean', describe: 'also where the robot has an identity: a new key and all' },
  json: { type: 'boolean', describe: 'as one line of JSON' },
} as const;

interface Given {
  readonly station: string | undefined;
  readonly certificate: string | undefined;
  readonly 'station-ca': string | undefined;
  readonly 'fixture-cert': string | undefined;
  readonly 'fixture-key': string | undefined;
}

/**
 * Gives the robot its identity: by hand in two steps (a request; its certificate), or by one call at the line's
 * station.
 *
 * A key is made once: one that waits for its certificate is used again. So the command may be killed at any time and
 * run again, and the station answers the same key with the same certificate. A robot that has an identity keeps it
 * unless `--again` is given.
 */
export const provisionCommand = (parts: ProvisionParts): Command =>
  command({
    summary: "makes the robot's key and certificate request, and installs the certificate",
    options,
    async run(given, io) {
      const access = readAccess(given);
      const settings = await readSettings(given.config, parts.env);
      const identity = await parts.identity(settings);
      const print = (text: string, about: object) =>
        io.out(given.json ? JSON.stringify({ robot: settings.robot, ...about }) : text);
      if (given.certificate !== undefined) {
        const chain = await readChainFile(given.certificate);
        const installed = await identity.install(chain);
        await warnOfDates(parts, identity, io);
        print(hasIdentityText(settings.robot, installed.certificateId), installed);
        return 0;
      }
      if (!given.again) await rejectSecondIdentity(identity, settings.robot);
      const { csr, file: path } = await identity.request('new', io.signal);
      if (access === undefined) {
        print(`The key is made and stays here. Have this request signed:\n  ${path}`, {
          csr: path,
        });
        return 0;
      }
      const { isNew, ...taken } = await requestFromStation(parts, {
        access,
        settings,
        identity,
        csr,
        io,
      });
      await warnOfDates(parts, identity, io);
      const what = isNew ? '' : ' (the station had made it before)';
      print(`${hasIdentityText(settings.robot, taken.certificateId)}${what}`, { ...taken, isNew });
      return 0;
    },
  });

const hasIdentityText = (robot: string, id: string) =>
  `${robot} has its identity: certificate ${id.slice(0, 16)}…`;

/** A warning only: this board's clock may be the wrong one. A station whose clock is ahead is noticed here first. */
async function warnOfDates(
  { clock }: Pick<ProvisionParts, 'clock'>,
  identity: Identity,
  { err }: Pick<CliIo, 'err'>,
): Promise<void> {
  const { current } = await identity.facts();
  const nowMs = clock.wallMs();
  if (current === null || (nowMs >= current.notBeforeMs && nowMs <= current.notAfterMs)) return;
  const [from, to, now] = [current.notBeforeMs, current.notAfterMs, nowMs].map((ms) =>
    new Date(ms).toISOString().slice(0, 10),
  );
  err(`WARNING: the certificate is good from ${from} to ${to}, and this clock says ${now}.`);
  err('         One of the two clocks is wrong, or the certificate has expired.');
}

/** Undefined when no station is requested. Throws `usage`. */
function readAccess(given: Given): StationAccess | undefined {
  const { station: url, certificate } = given;
  const names = ['station-ca', 'fixture-cert', 'fixture-key'] as const;
  const [caFile, certificateFile, keyFile] = names.map((name) => given[name]);
  if (url === undefined) {
    const extra = names.find((name) => given[name] !== undefined);
    if (extra === undefined) return undefined;
    throw usage(`--${extra} says how to reach a station, and --station is missing`);
  }
  if (certificate !== undefined) {
    throw usage('--certificate and --station are two ways to one certificate: choose one');
  }
  if (caFile && certificateFile && keyFile) return { url, caFile, certificateFile, keyFile };
  const missing = names.find((name) => given[name] === undefined) ?? names[0];
  throw usage(`--${missing} is missing: ${options[missing].describe}`, 'factory fixture makes it');
}

/**
 * Throws `identity-exists`. The certificate's dates are not checked, because a wrong clock must not cost a robot its
 * key. A damaged file must not either: a fault that can be fixed is reported, and the key stays.
 */
async function rejectSecondIdentity(identity: Identity, robot: string): Promise<void> {
  let about: string;
  try {
    const { cert } = await identity.credentials('current');
    about = `${robot} has an identity: certificate ${certificateId(cert).slice(0, 16)}…`;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'no-identity') return;
    if (!code.startsWith('certificate-')) throw error;
    about = `${robot} has an identity that cannot be used: ${explain(error)} (${code})`;
  }
  throw new PilotfishError('identity-exists', about, {
    hint: 'pilotfish renew renews its certificate; --again gives it a new identity at the line',
  });
}

async function requestFromStation(
  parts: Pick<ProvisionParts, 'callStation'>,
  given: {
    access: StationAccess;
    settings: Settings;
    identity: Identity;
    csr: string;
    io: CliIo;
  },
): Promise<{ certificateId: string; isNew: boolean }> {
  const { access, settings, identity, csr, io } = given;
  const request = { serial: settings.robot, csr };
  const issued = await parts.callStation(access, request, { signal: io.signal });
  const leaf = readChain(issued.chain)?.[0];
  if (leaf !== undefined && certificateId(leaf) !== issued.certificateId) {
    throw new PilotfishError(
      'station-answer',
      'the station names another certificate than it gives',
    );
  }
  return { ...(await identity.install(issued.chain)), isNew: issued.isNew };
}

async function readChainFile(path: string): Promise<string> {
  const read = await readCertificateFile(path);
  if (read.ok) return read.pem;
  throw new PilotfishError('certificate-unreadable', `--certificate ${path}: ${read.problem}`);
}
