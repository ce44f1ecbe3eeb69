import type { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { codeOf, PilotfishError } from '../base/errors.ts';
import { readChain } from '../base/x509/certificates.ts';
import { startBridge } from './bridge-carrier.ts';
import { type OutsideBrokerOptions, readOutsideBroker } from './bridge-options.ts';
import { type BrokerOptions, startBroker } from './broker.ts';
import type { Carrier } from './carrier.ts';
import type { RenewalCa } from './renewal-ca.ts';
import type { SessionParts } from './sessions.ts';

/** The stub's own broker. */
export interface OwnBroker {
  /** File with the CA certificates of the robots, PEM. */
  readonly ca: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** A bridge to a broker that is not ours. */
export interface OtherBroker extends OutsideBrokerOptions {
  /** Serves shadow and jobs there, too. */
  readonly reserved: boolean;
}

type StartCarrier = (
  parts: SessionParts & { readonly renewal: RenewalCa },
  door: Pick<BrokerOptions, 'host' | 'address' | 'tls' | 'bounds' | 'connectMsMax'>,
) => Promise<Carrier>;

/** Reads the files that the way to the robots needs, before anything is begun. */
export async function readMqtt(mqtt: OwnBroker | OtherBroker): Promise<{ start: StartCarrier }> {
  if ('url' in mqtt) {
    const broker = await readOutsideBroker(mqtt);
    // Connections are the broker's: a stub that was stopped has not ended them.
    return { start: (parts) => startBridge({ ...parts, broker, reserved: mqtt.reserved }) };
  }
  const authorities = await readAuthorities(mqtt.ca);
  return {
    start(parts, door) {
      const all = [...authorities, parts.renewal.certificate];
      parts.cloud.recover(parts.clock.wallMs());
      return startBroker({ ...parts, ...door, port: mqtt.port, authorities: all });
    },
  };
}

async function readAuthorities(path: string): Promise<X509Certificate[]> {
  const bad = (message: string, cause?: unknown) =>
    new PilotfishError('config-ca', `--ca ${path}: ${message}`, {
      cause,
      hint: 'expected a PEM file with the CA certificates of the robots',
    });
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw bad(codeOf(error) === 'ENOENT' ? 'no such file' : `cannot be read (${codeOf(error)})`);
  }
  const authorities = readChain(text);
  if (authorities === undefined) throw bad('holds a certificate that cannot be read');
  if (authorities.length === 0) throw bad('holds no certificate');
  if (!authorities.every((certificate) => certificate.ca)) {
    throw bad('holds a certificate that is not a CA');
  }
  return authorities;
}
