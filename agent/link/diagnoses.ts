/** A diagnosis in words for people: what it means, and what to do. */
interface Words {
  readonly means: string;
  readonly todo: string;
}

/** Every diagnosis. The codes are stable: `docs/firmware-engineer.md` has the same table, and programs match them. */
export const diagnoses = {
  'no-identity': {
    means: 'This robot has no certificate.',
    todo: 'Give it one at the factory station: pilotfish provision.',
  },
  'identity-unusable': {
    means: 'The key or the certificate on this robot cannot be used.',
    todo: 'See the detail; provision the robot again if its files are damaged.',
  },
  dns: {
    means: "The cloud's host name is not found, or the name service does not answer.",
    todo: 'Check cloudHost in the configuration, and the name service of the network.',
  },
  'network-down': {
    means: 'There is no way to the cloud from here: no network, no route, or a firewall.',
    todo: "Check the robot's network. The robot retries by itself.",
  },
  'broker-down': {
    means: 'The host is there, and nothing listens at the port.',
    todo: 'Check cloudPort in the configuration, and whether the broker runs.',
  },
  'broker-busy': {
    means: 'The broker accepts the connection but does not answer: it is busy or throttling.',
    todo: 'Wait: the robot retries by itself, with growing delays.',
  },
  'broker-faulty': {
    means: 'The server does not speak MQTT 3.1.1, or violates it.',
    todo: 'Check cloudHost and cloudPort: it may be another service.',
  },
  'clock-behind': {
    means: "The robot's clock is behind, so certificates seem to be not yet valid.",
    todo: 'Allow the board to set its clock (system.setClock), or set it by hand.',
  },
  'clock-ahead': {
    means: "The robot's clock is far ahead, so certificates seem to have expired.",
    todo: 'Set the clock back by hand: the agent does so only with a clock that it has set.',
  },
  'name-mismatch': {
    means: "The server's certificate is for another host name.",
    todo: 'Check cloudHost; if it is right, another server answers in its place.',
  },
  'server-certificate-untrusted': {
    means: "The server's certificate is not from a CA that this robot trusts.",
    todo: 'Check cloudCa; if it is right, another server answers in its place.',
  },
  'server-certificate-expired': {
    means: "The server's certificate has expired.",
    todo: "Renew the server's certificate; if it is valid, check the robot's clock.",
  },
  'server-certificate-not-yet-valid': {
    means: "The server's certificate is not yet valid, and the robot's clock is right.",
    todo: "Check the server's certificate and the clock of its CA.",
  },
  'tls-mismatch': {
    means: 'Robot and server support no common TLS version or cipher suite.',
    todo: 'See the detail; the robot requires TLS 1.2 or 1.3 at cloudPort.',
  },
  'not-yet-registered': {
    means: 'First contact: the cloud closes while it registers an unknown certificate.',
    todo: 'Wait: one of the next attempts succeeds.',
  },
  'not-registered': {
    means: 'The cloud rejects this certificate, which has never connected.',
    todo: "Check the cloud's registry and log; is the CA registered there?",
  },
  'certificate-blocked': {
    means: 'The certificate is valid but the cloud rejects it now: blocked or revoked.',
    todo: "Check the certificate in the cloud's registry.",
  },
  'certificate-expired': {
    means: "This robot's certificate has expired.",
    todo: 'If the clock is right, provision the robot again: it was not renewed in time.',
  },
  'certificate-not-yet-valid': {
    means: "This robot's certificate is not yet valid, and the clock is right.",
    todo: "Check the factory station's clock.",
  },
  'certificate-refused': {
    means: 'The broker rejects the certificate of this robot as invalid.',
    todo: 'See the detail and the broker log; is it a client certificate?',
  },
  'unknown-ca': {
    means: "The broker does not know the CA of this robot's certificate.",
    todo: "Add the maker's CA to the broker, or give the robot a certificate of the right CA.",
  },
  'name-refused': {
    means: "The broker rejects this robot's name as client id.",
    todo: "Check robot in the configuration: it is the certificate's common name.",
  },
  'not-authorized': {
    means: 'The broker knows this robot but denies it access to its topics.',
    todo: "Check the broker's access rules for this robot.",
  },
  'taken-over': {
    means:
      'Connections end soon after they start: another client with the same name, or a forbidden publish.',
    todo: 'Look for a second robot or program with this certificate or name.',
  },
  'connection-lost': {
    means: 'The connection was up and ended: the network, a restart of the broker, or a block.',
    todo: 'Nothing, unless it happens again and again.',
  },
  'ended-by-robot': {
    means: 'The robot ended the connection itself, to open another one.',
    todo: 'Nothing.',
  },
} as const satisfies Record<string, Words>;

export type CauseCode = keyof typeof diagnoses;
