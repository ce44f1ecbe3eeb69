import { createHash } from 'node:crypto';
import { silentLog } from '../../base/log.ts';
import { type Cloud, createCloud } from '../../cloud-stub/cloud.ts';
import { type CloudConfig, cloudDefaults } from '../../cloud-stub/config.ts';
import type { Outbound } from '../../cloud-stub/core/messages.ts';
import type { CloudStore } from '../../cloud-stub/core/store.ts';
import { createMemoryStore } from '../../cloud-stub/store/memory.ts';
import type { MissionDocument } from '../../protocol/schemas/missions.ts';

/** The cloud's services on a store in memory, with a clock that the test moves. */
export interface CloudWorld {
  readonly cloud: Cloud;
  readonly store: CloudStore;
  readonly config: CloudConfig;
  nowMs: number;
  /** Publishes as `robot` (R1); returns what the cloud sent, as `[topic, JSON]`. */
  send(topic: string, body: unknown, robot?: string): Sent[];
  /** Makes `robot` a registered and connected thing. */
  enter(robot: string): void;
}

export type Sent = readonly [topic: string, body: Record<string, unknown>];

export const robot = 'R1';
export const startMs = 1_700_000_000_000;

export function createCloudWorld(change: Partial<CloudConfig> = {}): CloudWorld {
  const store = createMemoryStore();
  const config: CloudConfig = {
    ...cloudDefaults,
    endpoint: 'https://localhost:8443',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'test-secret' },
    confirmWindowMs: 0,
    ...change,
  };
  let count = 0;
  const entropy = (bytes: number) => (++count).toString(16).padStart(bytes * 2, '0');
  const cloud = createCloud({ store, entropy, config, log: silentLog });
  const world: CloudWorld = {
    cloud,
    store,
    config,
    nowMs: startMs,
    send(topic, body, from = robot) {
      const payload = body instanceof Uint8Array ? body : bytesOf(body);
      return readAll(cloud.receive({ robot: from, topic, payload }, world.nowMs));
    },
    enter(name) {
      const certificate = {
        certificateId: createHash('sha256').update(name).digest('hex'),
        caCertificateId: 'ca',
        commonName: name,
        notBeforeMs: 0,
        notAfterMs: Number.MAX_SAFE_INTEGER,
        pem: '',
      };
      cloud.admit(certificate, world.nowMs);
      cloud.connected(name, { certificateId: certificate.certificateId }, world.nowMs);
    },
  };
  return world;
}

export const bytesOf = (body: unknown): Uint8Array =>
  new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));

export const readAll = (outbound: readonly Outbound[]): Sent[] =>
  outbound.map(({ topic, payload }) => [topic, JSON.parse(new TextDecoder().decode(payload))]);

export const epoch = '00000000000000aa';

/** A mission document, an ended one when `change` is such. */
export function missionDocument(change: Partial<MissionDocument> = {}): MissionDocument {
  const at = { wallMs: startMs, quality: 'synced', boot: 1, monoMs: 1000 } as const;
  const ended = change.ended === true;
  return {
    v: 1,
    missionId: `${epoch}-1`,
    ended: false,
    boot: 1,
    revision: 1,
    phase: ended ? 'stop' : 'run',
    ...(ended ? { outcome: 'completed' } : {}),
    initiator: 'cloud',
    started: at,
    updated: at,
    durations: { runS: 60, pauseS: 0, chargeS: 0, clockSpeed: 60 },
    area: { cleanedM2: 1, reachableM2: 10 },
    counters: { stuck: 0, recharges: 0, droppedEvents: 0 },
    batteryPct: 90,
    events: [],
    ...change,
  };
}

export const mapRef = {
  id: 'map-1',
  size: 5,
  sha256: createHash('sha256').update('a map').digest('hex'),
  type: 'image/png',
} as const;
