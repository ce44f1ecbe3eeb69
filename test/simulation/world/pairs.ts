import { generateKeyPairSync, type KeyObject, sign, type X509Certificate } from 'node:crypto';
import type { CertificateFacts, IdentityFacts, Pair, PreviousPair } from '../../../agent/events.ts';
import { endOf } from '../../../agent/io/issuers.ts';
import { checkRenewal, readLeaf } from '../../../agent/io/leaf.ts';
import { placeFor } from '../../../agent/io/previous-places.ts';
import type { Identity } from '../../../agent/ports.ts';
import { PilotfishError } from '../../../base/errors.ts';
import { certificateFacts, pathTo, readChain } from '../../../base/x509/certificates.ts';
import { makeCsr } from '../../../base/x509/csr.ts';
import type { DeviceKey } from '../../../hal/device-key.ts';

type Keys = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

interface Stored {
  readonly keys: Keys;
  readonly facts: CertificateFacts;
}

/** What one life of the agent does to the pairs goes through this: it waits, fails, or never comes back. */
export type Disk = <T>(change: () => T | Promise<T>) => Promise<T>;

/**
 * A robot's pairs on its disk, which outlives the agent. Each change is done or not done, as the kill tests of the real
 * one have shown; real keys, requests and certificates, because the cloud's services read them.
 */
export class WorldPairs {
  /** Certificates that were in use, oldest first. */
  readonly used: string[];
  readonly #robot: string;
  /** Keys are made when they are first wanted: most robots never renew in these days. */
  #current: Omit<Stored, 'keys'> & Partial<Stored>;
  #next: Stored | null = null;
  #pending: Keys | null = null;
  readonly #previous = new Map<PreviousPair, Omit<Stored, 'keys'> & Partial<Stored>>();
  /** Whom renewals are taken from. */
  readonly #issuers: readonly X509Certificate[];

  constructor(robot: string, first: CertificateFacts, issuers: readonly X509Certificate[]) {
    this.#robot = robot;
    this.#issuers = issuers;
    this.#current = { facts: first };
    this.used = [first.certificateId];
  }

  get facts(): IdentityFacts {
    const previous = [...this.#previous].map(([pair, { facts }]) => [pair, facts]);
    return {
      current: this.#current.facts,
      next: this.#next?.facts ?? null,
      ...Object.fromEntries(previous),
    };
  }

  of(pair: Pair): CertificateFacts | null {
    return this.facts[pair] ?? null;
  }

  /** The pairs as one life of the agent has them. They are read after the changes before, as the real ones. */
  identity(disk: Disk): Identity {
    let last: Promise<unknown> = Promise.resolve();
    const change = <T>(work: () => T | Promise<T>): Promise<T> => {
      const done = disk(work);
      last = done.catch(() => {});
      return done;
    };
    return {
      request: (which) => change(() => this.#request(which)),
      install: () => Promise.reject(new PilotfishError('no-request', 'nothing waits')),
      stage: (chain, nowMs) => change(() => this.#stage(chain, nowMs)),
      promote: () => change(() => this.#promote()),
      forget: (pairs) =>
        change(() => {
          for (const pair of pairs) this.#previous.delete(pair);
        }),
      discard: () =>
        change(() => {
          this.#next = null;
          this.#pending = null;
        }),
      facts: () => last.then(() => this.facts),
      credentials: () => Promise.reject(new PilotfishError('no-identity', 'no TLS here')),
    };
  }

  async #request(which: 'same' | 'new') {
    this.#current = { ...this.#current, keys: this.#current.keys ?? newKeys() };
    const inUse = this.#current.keys as Keys;
    const wasNew = this.#pending !== null && this.#pending !== inUse;
    if (this.#pending === null || wasNew !== (which === 'new')) {
      this.#pending = which === 'new' ? newKeys() : inUse;
    }
    const { privateKey, publicKey } = this.#pending;
    const csr = await makeCsr({
      subjectCommonName: this.#robot,
      publicKey,
      sign: async (data) => sign('sha256', data, privateKey),
    });
    return { csr, file: 'robot.csr' };
  }

  #stage(chain: string, nowMs: number): CertificateFacts {
    const keys = this.#pending;
    if (keys === null) throw new PilotfishError('no-request', 'nothing waits');
    const key: Pick<DeviceKey, 'publicKey'> = { publicKey: keys.publicKey };
    const leaf: X509Certificate = readLeaf(chain, this.#robot, key as DeviceKey);
    const path = pathTo(leaf, readChain(chain)?.slice(1) ?? [], this.#issuers);
    if (path === undefined) throw new PilotfishError('certificate-issuer-not-pinned', 'a stranger');
    checkRenewal(leaf, nowMs, endOf(path));
    this.#next = { keys, facts: { ...certificateFacts(leaf), isRenewed: true } };
    this.#pending = null;
    return this.#next.facts;
  }

  #promote(): CertificateFacts {
    if (this.#next !== null) {
      const kept = [...this.#previous].map(([pair, { facts }]) => [pair, facts.certificateId]);
      const place = placeFor(this.#current.facts.certificateId, Object.fromEntries(kept));
      if (place !== undefined) this.#previous.set(place, this.#current);
      this.#current = this.#next;
      this.#next = null;
      this.used.push(this.#current.facts.certificateId);
    }
    return this.#current.facts;
  }
}

const newKeys = (): Keys => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
