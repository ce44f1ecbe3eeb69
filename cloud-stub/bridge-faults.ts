import { codeOf, PilotfishError } from '../base/errors.ts';
import type { OutsideBroker } from './bridge-options.ts';

const certificateHint =
  'its CA must be in cafile, it must be valid now and not be in crlfile, and crlfile not expired';

/** What was seen of a connection. The first thing that goes wrong decides the diagnosis. */
export interface Seen {
  secure: boolean;
  fault?: unknown;
}

/** What is wrong, and what a person can do about it. */
export function faultOf({ host, port, clientId }: OutsideBroker, seen: Seen): PilotfishError {
  const cause = seen.fault;
  const fault = (code: string, what: string, hint: string) =>
    new PilotfishError(code, `the broker ${host}:${port} ${what}`, { cause, hint });
  const code = codeOf(cause);
  const connack: unknown = (cause as { code?: unknown } | undefined)?.code;
  if (typeof connack === 'number') {
    return fault('broker-refused', `refused ${clientId} (CONNACK ${connack})`, 'see its log');
  }
  if (/^(ENOTFOUND|EAI_|ECONNREFUSED|EHOST|ENET|ETIMEDOUT|EADDRNOTAVAIL)/.test(code)) {
    return fault('broker-unreachable', 'cannot be reached', 'is it running, and is this its port?');
  }
  if (code === 'broker-timeout') {
    return fault(code, 'does not answer', 'does it speak MQTT over TLS on this port?');
  }
  if (code === 'protocol') {
    return fault(
      'broker-faulty',
      'breaks the rules of MQTT 3.1.1',
      'is this the port of a broker?',
    );
  }
  const refused = fault(
    'broker-refused',
    `refused the certificate of ${clientId}`,
    certificateHint,
  );
  if (/ALERT/.test(code)) return refused;
  if (/CERT|SIGNED|ISSUER|ALTNAME/.test(code)) {
    const hint = `--broker-ca must hold the CA of its certificate, which must be valid now and name ${host}`;
    return fault('broker-tls', `shows a certificate that does not hold (${code})`, hint);
  }
  if (code === 'broker-refused') {
    return fault(code, 'does not let us subscribe', `its access rules must let ${clientId} read`);
  }
  // In TLS 1.3 a rejected client certificate shows only after the handshake, and not every broker says why.
  if (seen.secure) return refused;
  return fault('broker-tls', 'closed the connection', 'does it speak MQTT over TLS on this port?');
}
