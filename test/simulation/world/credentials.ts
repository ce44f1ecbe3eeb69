import { posix } from 'node:path';
import type { CertificateFacts, CredentialsName } from '../../../agent/events.ts';
import { readLeaf } from '../../../agent/io/leaf.ts';
import { previousPlaces } from '../../../agent/io/previous-places.ts';
import { certificateFacts } from '../../../base/x509/certificates.ts';
import { identityFolder } from './factory.ts';
import type { WorldFiles } from './files.ts';
import { keyNamed } from './keys.ts';

/** In the order in which they are most often valid. */
const places: readonly CredentialsName[] = ['current', 'next', ...previousPlaces];

/** The facts in the files of credentials, for all robots: each is read once. */
const known = new Map<string, CertificateFacts | null>();

/** A robot's credentials as its files hold them now, read by the world itself. */
export class WorldCredentials {
  /** Certificates that were in use, oldest first. */
  readonly used: string[] = [];
  readonly #robot: string;
  readonly #files: WorldFiles;

  constructor(robot: string, files: WorldFiles) {
    this.#robot = robot;
    this.#files = files;
    this.refresh();
  }

  /** Called after each change of the files. */
  refresh(): void {
    const id = this.of('current')?.certificateId;
    if (id !== undefined && id !== this.used.at(-1)) this.used.push(id);
  }

  /** The credentials of this name, when key and certificate are complete and match. */
  of(credentials: CredentialsName): CertificateFacts | null {
    const [chain, key] = ['chain.pem', 'key.pem'].map((name) => this.#text(credentials, name));
    if (chain === undefined || key === undefined) return null;
    const name = `${key}\n${chain}`;
    const found = known.get(name);
    if (found !== undefined) return found;
    const facts = this.#read(chain, key);
    known.set(name, facts);
    return facts;
  }

  /** Whether some credentials satisfy `isSo`; those in use are checked first. */
  some(isSo: (facts: CertificateFacts) => boolean): boolean {
    return places.some((credentials) => {
      const facts = this.of(credentials);
      return facts !== null && isSo(facts);
    });
  }

  #read(chain: string, key: string): CertificateFacts | null {
    try {
      const found = keyNamed(key);
      return found === undefined ? null : certificateFacts(readLeaf(chain, this.#robot, found));
    } catch {
      return null;
    }
  }

  #text(credentials: CredentialsName, name: string): string | undefined {
    const bytes = this.#files.read(posix.join(identityFolder, credentials, name));
    return bytes && new TextDecoder().decode(bytes);
  }
}
