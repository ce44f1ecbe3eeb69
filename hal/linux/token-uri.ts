import { PilotfishError } from '../../base/errors.ts';

/** The key, its token and the file with its PIN: a PKCS#11 URI (RFC 7512), parsed as strictly as the engine does. */
export interface TokenUri {
  /** The URI as given; the engine parses it itself. */
  readonly text: string;
  /** The token's label or serial number; at least one is given. */
  readonly token: string | undefined;
  readonly serial: string | undefined;
  /** The key's label or id (raw bytes); at least one is given. */
  readonly object: string | undefined;
  readonly id: Buffer | undefined;
  /** The file with the PIN: an absolute path. */
  readonly pinFile: string;
}

const charsMax = 1024;

/** An example for messages. */
export const uriExample =
  'pkcs11:token=robot;object=device?pin-source=file:/etc/pilotfish/token.pin';

/**
 * Parses the URI of a robot's key. Unknown attributes are left to the engine. Throws `token-uri`. No message contains
 * the value of a PIN.
 */
export function readTokenUri(text: string): TokenUri {
  if (text.length > charsMax) throw refusedError(`it is longer than ${charsMax} characters`);
  if (!/^[\x21-\x7e]*$/.test(text))
    throw refusedError('a character stands in it that must be %-encoded');
  if (!text.startsWith('pkcs11:')) throw refusedError('it does not begin with pkcs11:');
  const attributes = readAttributes(text.slice('pkcs11:'.length));
  if (attributes.has('pin-value')) {
    // It would be in the arguments of a child process, which every user can list.
    throw refusedError(
      'pin-value would show the PIN in process lists; put it into a file: pin-source',
    );
  }
  const type = attributes.get('type');
  if (type !== undefined && type !== 'private') throw refusedError('type is not private');
  const [token, serial] = [attributes.get('token'), attributes.get('serial')];
  if (!token && !serial) throw refusedError('it names no token (token= or serial=)');
  const [object, id] = [attributes.get('object'), attributes.get('id')];
  if (!object && !id) throw refusedError('it names no key (object= or id=)');
  return {
    text,
    token: toText(token, 'token'),
    serial: toText(serial, 'serial'),
    object: toText(object, 'object'),
    id: id === undefined ? undefined : Buffer.from(id, 'latin1'),
    pinFile: readPinSource(toText(attributes.get('pin-source'), 'pin-source')),
  };
}

/** RFC 7512 section 2.3: path attributes separated by `;`, then `?` and query attributes separated by `&`. */
function readAttributes(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of text.split(/[;?&]/)) {
    const [, name = '', value = ''] = /^([a-zA-Z0-9_-]+)=(.*)$/.exec(part) ?? [];
    if (name === '') throw refusedError('its attributes are not all of the form name=value');
    // Duplicates "MUST NOT" occur: two parsers could use different ones.
    if (found.has(name)) throw refusedError(`${name} occurs twice`);
    found.set(name, decode(name, value));
  }
  return found;
}

/** One character per byte: an id is not text. */
function decode(name: string, value: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(value)) throw refusedError(`${name} is not well %-encoded`);
  const text = value.replaceAll(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (name !== 'id' && text.includes('\0')) throw refusedError(`${name} holds a zero octet`);
  return text;
}

const toText = <T extends string | undefined>(octets: T, name: string): T => {
  if (octets === undefined) return octets;
  try {
    const bytes = Buffer.from(octets, 'latin1');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes) as T;
  } catch {
    throw refusedError(`${name} is not UTF-8`);
  }
};

function readPinSource(source: string | undefined): string {
  // Without it the engine would prompt on the terminal, and block until somebody answers.
  if (source === undefined)
    throw refusedError('it names no file with the PIN (pin-source=file:/...)');
  const path = source.replace(/^file:(?:\/\/(?=\/))?/, '');
  if (path.startsWith('/')) return path;
  throw refusedError('pin-source is not an absolute path (file:/...)');
}

const refusedError = (why: string): PilotfishError<'token-uri'> =>
  new PilotfishError('token-uri', `the PKCS#11 URI of the robot's key cannot be used: ${why}`, {
    hint: `for example ${uriExample}`,
  });
