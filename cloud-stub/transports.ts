import type { X509Certificate } from 'node:crypto';
import { PilotfishError } from '../base/errors.ts';
import { readCertificateFile } from '../base/x509/certificate-file.ts';
import { type OutsideBrokerOptions, readOutsideBroker } from './bridge-options.ts';
import { startBridge } from './bridge-transport.ts';
import { type BrokerOptions, startBroker } from './broker.ts';
import type { SessionParts } from './sessions.ts';
import type { Transport } from './transport.ts';
import type { Trust } from './trust.ts';

/** The stub's own broker. */
export interface OwnBroker {
  /** File with the CA certificates of the robots, PEM. */
  readonly ca: string;
  /** 0 selects a free port. */
  readonly port: number;
}

/** A bridge to an outside broker. */
export interface OtherBroker extends OutsideBrokerOptions {
  /** Serves shadow and jobs there, too. */
  readonly reserved: boolean;
}

type StartTransport = (
  parts: SessionParts & { readonly trust: Trust },
  localApi: Pick<BrokerOptions, 'host' | 'address' | 'tls' | 'bounds' | 'connectMsMax'>,
) => Promise<Transport>;

/** What the transport needs of files. */
export interface ReadTransport {
  /** The CAs of the robots; none where another broker admits them. */
  readonly authorities: readonly X509Certificate[];
  readonly start: StartTransport;
}

/** Reads the files that the transport needs, before anything starts. */
export async function readMqtt(mqtt: OwnBroker | OtherBroker): Promise<ReadTransport> {
  if ('url' in mqtt) {
    const broker = await readOutsideBroker(mqtt);
    // The robots are connected to the broker: stopping the stub did not close their connections.
    return {
      authorities: [],
      start: (parts) => startBridge({ ...parts, broker, reserved: mqtt.reserved }),
    };
  }
  const authorities = await readAuthorities(mqtt.ca);
  return {
    authorities,
    start(parts, localApi) {
      parts.cloud.recover(parts.clock.wallMs());
      return startBroker({ ...parts, ...localApi, port: mqtt.port });
    },
  };
}

async function readAuthorities(path: string): Promise<X509Certificate[]> {
  const bad = (message: string) =>
    new PilotfishError('config-ca', `--ca ${path}: ${message}`, {
      hint: 'expected a PEM file with the CA certificates of the robots',
    });
  const read = await readCertificateFile(path);
  if (!read.ok) {
    const isContent = read.problem.startsWith('line ');
    throw bad(
      isContent ? `holds a certificate that cannot be read: ${read.problem}` : read.problem,
    );
  }
  const authorities = [...read.certificates];
  if (authorities.length === 0) throw bad('holds no certificate');
  if (!authorities.every((certificate) => certificate.ca)) {
    throw bad('holds a certificate that is not a CA');
  }
  return authorities;
}
