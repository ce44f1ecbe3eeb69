import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { codeOf, PilotfishError } from '../base/errors.ts';

/** Where a server listens, and the names that its error messages use. */
export interface LocalApi {
  /** `MQTT` or `HTTPS`. */
  readonly name: string;
  /** The option that chooses the port. */
  readonly option: string;
  /** 0 selects a free port. */
  readonly port: number;
  /** Undefined for every address. */
  readonly address: string | undefined;
}

/** Listens and returns the port. Throws `port-in-use` and `port-forbidden`, which say what to change. */
export async function listen(server: Server, localApi: LocalApi): Promise<number> {
  try {
    server.listen(localApi.port, localApi.address);
    await once(server, 'listening');
  } catch (error) {
    throw explainError(error, localApi);
  }
  return (server.address() as AddressInfo).port;
}

function explainError(error: unknown, { name, option, port, address }: LocalApi): unknown {
  const where = address === undefined ? `port ${port}` : `port ${port} of ${address}`;
  const hint = `choose another with --${option}; 0 selects a free one`;
  if (codeOf(error) === 'EADDRINUSE') {
    return new PilotfishError('port-in-use', `${name}: ${where} is in use`, { hint });
  }
  if (codeOf(error) === 'EACCES') {
    const message = `${name}: no right to listen on ${where}`;
    return new PilotfishError('port-forbidden', message, { hint });
  }
  return error;
}
