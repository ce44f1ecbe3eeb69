import { verifyPresigned } from '../../../cloud-stub/presign.ts';
import { objectsPath } from '../../../cloud-stub/services/maps.ts';
import type { VirtualClock } from './clock.ts';
import { credentials, endpoint, region, type WorldCloud } from './cloud.ts';
import type { HttpAnswer, HttpRequest } from './http.ts';
import { sha256Of } from './images.ts';
import type { HttpFault } from './scenario.ts';

/** HTTP faults active now, with their shares. */
export type HttpWeather = Map<HttpFault, number>;

export interface ObjectParts {
  readonly clock: VirtualClock;
  readonly draw: () => number;
  readonly cloud: WorldCloud;
  readonly count: (fault: string) => void;
  readonly trace: (who: string, what: string, about?: object) => void;
}

const grantMs = 3_700_000;

/**
 * The object store and the path to it. It does without a server what the stub's own server does with a request: it
 * checks the signature in the URL, and stores the bytes before it notifies the cloud. Undefined: the connection broke.
 */
export class Objects {
  readonly weather: HttpWeather = new Map();
  /** By key. */
  readonly bytes = new Map<string, Uint8Array>();
  /** Keys whose bytes were replaced by different ones; this must never happen. */
  readonly replaced: string[] = [];
  readonly #parts: ObjectParts;

  constructor(parts: ObjectParts) {
    this.#parts = parts;
  }

  async request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer | undefined> {
    const { draw } = this.#parts;
    const faults = new Set([...this.weather].filter(([, share]) => draw() < share).map(([f]) => f));
    for (const fault of faults) this.#parts.count(`http ${fault}`);
    const waitMs = faults.has('grant-expired') ? grantMs : faults.has('slow') ? 300_000 : 3000;
    await this.#wait(draw() * waitMs + (faults.has('grant-expired') ? grantMs : 0), signal);
    if (faults.has('refused')) return undefined;
    if (faults.has('busy')) return { status: 503, code: 'SlowDown' };
    if (faults.has('denied')) return { status: 403, code: 'AccessDenied' };
    const answer = this.#serve(request, faults.has('truncated'));
    this.#parts.trace('objects', `${request.method} ${answer?.status ?? 'broken off'}`);
    await this.#wait(draw() * 1000, signal);
    return faults.has('answer-lost') ? undefined : answer;
  }

  #serve({ method, url, headers, body }: HttpRequest, isCut: boolean): HttpAnswer | undefined {
    const { pathname, search, host } = new URL(url);
    const request = { method, target: pathname + search, headers: { ...headers, host } };
    const { nowMs } = this.#parts.cloud;
    const error = verifyPresigned(request, { nowMs, region, credentials });
    if (error !== undefined) return { status: error.status, code: error.code };
    const key = decodeURIComponent(pathname.slice(objectsPath.length));
    if (body === undefined) return this.#get(key, isCut);
    return isCut ? undefined : this.#put(key, body, headers);
  }

  #get(key: string, isCut: boolean): HttpAnswer {
    const bytes = this.bytes.get(key);
    if (bytes === undefined) return { status: 404, code: 'NoSuchKey' };
    return { status: 200, body: isCut ? bytes.slice(0, bytes.length >> 1) : bytes };
  }

  #put(key: string, body: Uint8Array, headers: Readonly<Record<string, string>>): HttpAnswer {
    const sha256 = sha256Of(body);
    const given = headers['x-amz-checksum-sha256'];
    if (given !== Buffer.from(sha256, 'hex').toString('base64')) {
      return { status: 400, code: 'BadDigest' };
    }
    const before = this.bytes.get(key);
    if (before !== undefined && sha256Of(before) !== sha256) this.replaced.push(key);
    this.bytes.set(key, body);
    const type = headers['content-type'] ?? '';
    const object = { key, sha256, type, size: body.byteLength, etag: '' };
    const isKnown = this.#parts.cloud.objectStored({
      ...object,
      storedMs: this.#parts.cloud.nowMs,
    });
    return isKnown ? { status: 200 } : { status: 500, code: 'InternalError' };
  }

  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const cancel = this.#parts.clock.after(ms, resolve);
      signal.addEventListener('abort', () => {
        cancel();
        reject(signal.reason);
      });
    });
  }
}

export const imageUrl = (key: string): string =>
  `\${aws:iot:s3-presigned-url:${endpoint}/objects/${key}}`;
