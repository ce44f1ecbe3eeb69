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
    todo: 'Look at the detail; provision the robot again if its files are damaged.',
  },
  dns: {
    means: "The cloud's host name is not found, or the name service does not answer.",
    todo: 'Check cloudHost in the configuration, and the name service of the network.',
  },
  'network-down': {
    means: 'There is no way to the cloud from here: no network, no route, or a firewall.',
    todo: "Check the robot's network. The robot tries again by itself.",
  },
  'broker-down': {
    means: 'The host is there, and nothing listens at the port.',
    todo: 'Check cloudPort in the configuration, and whether the broker runs.',
  },
  'broker-busy': {
    means: 'The broker takes the connection and does not serve it: it is busy or throttling.',
    todo: 'Wait: the robot tries again by itself, with growing pauses.',
  },
  'broker-faulty': {
    means: 'What answers there speaks no MQTT 3.1.1, or breaks its rules.',
    todo: 'Check cloudHost and cloudPort: it may be another service.',
  },
  'clock-behind': {
    means: "The robot's clock is behind, so certificates seem to be not yet valid.",
    todo: 'Let the board have the right to set its clock (system.setClock), or set it.',
  },
  'clock-ahead': {
    means: "The robot's clock is far ahead, so certificates seem to have expired.",
    todo: 'Set the clock back by hand: the agent does so only with a clock that it has set.',
  },
  'name-mismatch': {
    means: "The server's certificate is for another host name.",
    todo: 'Check cloudHost; if it is right, someone else answers in its place.',
  },
  'server-certificate-untrusted': {
    means: "The server's certificate is not from a CA that this robot trusts.",
    todo: 'Check cloudCa; if it is right, someone else answers in its place.',
  },
  'server-certificate-expired': {
    means: "The server's certificate has expired.",
    todo: "Renew the server's certificate; if it is good, look at the robot's clock.",
  },
  'server-certificate-not-yet-valid': {
    means: "The server's certificate is not yet valid, and the robot's clock is right.",
    todo: "Look at the server's certificate and at the clock it was made by.",
  },
  'tls-mismatch': {
    means: 'Robot and server find no way of TLS that both can go.',
    todo: 'Look at the detail; the robot wants TLS 1.2 or 1.3 at cloudPort.',
  },
  'not-yet-registered': {
    means: 'First contact: the cloud closes while it registers an unknown certificate.',
    todo: 'Wait: the next attempts get in.',
  },
  'not-registered': {
    means: 'The cloud does not take this certificate, which has never connected.',
    todo: "Look up the exact cause in the cloud's registry and log; is the CA known there?",
  },
  'certificate-blocked': {
    means: 'The certificate is good and the cloud takes it no more: blocked or revoked.',
    todo: "Look the certificate up in the cloud's registry.",
  },
  'certificate-expired': {
    means: "This robot's certificate has expired.",
    todo: 'If the clock is right, provision the robot again: it was not renewed in time.',
  },
  'certificate-not-yet-valid': {
    means: "This robot's certificate is not yet valid, and the clock is right.",
    todo: "Look at the factory station's clock.",
  },
  'certificate-refused': {
    means: 'The broker finds fault with the certificate that this robot shows.',
    todo: 'Look at the detail, and at the broker log; is it a client certificate?',
  },
  'unknown-ca': {
    means: "The broker does not know the CA of this robot's certificate.",
    todo: "Give the broker the maker's CA, or the robot a certificate of the right one.",
  },
  'name-refused': {
    means: "The broker does not take this robot's name as client id.",
    todo: "Check robot in the configuration: it is the certificate's common name.",
  },
  'not-authorized': {
    means: 'The broker knows this robot and does not allow it what it needs.',
    todo: "Look at the broker's access rules for this robot.",
  },
  'taken-over': {
    means:
      'Connections end soon after they begin: another client with the same name, or a forbidden publish.',
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
