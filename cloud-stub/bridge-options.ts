import type { X509Certificate } from 'node:crypto';
import { usage } from '../base/cli.ts';
import { PilotfishError } from '../base/errors.ts';
import { readCertificates, readPrivateKey, readTextFile } from '../base/x509/certificate-file.ts';
import { commonName } from '../base/x509/certificates.ts';

/** An outside broker, and the credentials that the cloud uses there. */
export interface OutsideBroker {
  readonly host: string;
  readonly port: number;
  /** PEM: the CAs of the broker's certificate, and the cloud's own chain and key. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
  /** The cloud's client id there: its certificate's common name. */
  readonly clientId: string;
}

export interface OutsideBrokerOptions {
  readonly url: string;
  /** Paths. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const defaultPort = 8883;

/** Reads and checks the options. Throws `usage` for an invalid URL, and `config-broker-…` for a problem with a file. */
export async function readOutsideBroker(options: OutsideBrokerOptions): Promise<OutsideBroker> {
  const { host, port } = readUrl(options.url);
  const ca = await readPem('ca', options.ca);
  if (!ca.chain.every((certificate) => certificate.ca)) {
    throw brokerOptionError('ca', options.ca, 'holds a certificate that is not a CA');
  }
  const cert = await readPem('cert', options.cert);
  const [own] = cert.chain as [X509Certificate];
  const clientId = commonName(own);
  if (!clientId)
    throw brokerOptionError('cert', options.cert, 'has no common name, by which brokers know it');
  const key = readPrivateKey(await readText('key', options.key));
  if (key === undefined)
    throw brokerOptionError('key', options.key, 'holds no private key that can be read');
  if (!own.checkPrivateKey(key)) {
    throw brokerOptionError(
      'key',
      options.key,
      `is not the key of the certificate in ${options.cert}`,
    );
  }
  const keyPem = String(key.export({ type: 'pkcs8', format: 'pem' }));
  return { host, port, tls: { ca: ca.pem, cert: cert.pem, key: keyPem }, clientId };
}

function readUrl(text: string): { host: string; port: number } {
  const url = URL.parse(text);
  const plain = url !== null && /^\/?$/.test(url.pathname) && url.search === '' && url.hash === '';
  if (url?.protocol === 'mqtts:' && url.hostname !== '' && plain && url.username === '') {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    return { host, port: url.port === '' ? defaultPort : Number(url.port) };
  }
  throw usage(
    `--broker is "${text.slice(0, 200).replace(/\/\/.*@/, '//...@')}", expected mqtts://HOST[:PORT]`,
    url?.protocol === 'mqtt:'
      ? 'without TLS there are no certificates, so no client is identified'
      : 'name and password are not used: the cloud shows its certificate',
  );
}

type File = 'ca' | 'cert' | 'key';

const brokerOptionError = (file: File, path: string, what: string, cause?: unknown) =>
  new PilotfishError(`config-broker-${file}`, `--broker-${file} ${path}: ${what}`, { cause });

async function readText(file: File, path: string): Promise<string> {
  const read = await readTextFile(path);
  if (read.ok) return read.text;
  throw brokerOptionError(file, path, read.problem);
}

async function readPem(
  file: File,
  path: string,
): Promise<{ pem: string; chain: readonly X509Certificate[] }> {
  const read = readCertificates(await readText(file, path));
  if (!read.ok)
    throw brokerOptionError(file, path, `holds a certificate that cannot be read: ${read.problem}`);
  if (read.certificates.length === 0)
    throw brokerOptionError(file, path, 'holds no certificate in PEM');
  return { pem: read.pem, chain: read.certificates };
}
