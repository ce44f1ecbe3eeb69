import { certificateId } from '../../../base/x509/certificates.ts';
import { readCsr } from '../../../base/x509/read-csr.ts';
import type { Outbound } from '../../../cloud-stub/core/messages.ts';
import type { RenewalCa } from '../../../cloud-stub/renewal-ca.ts';
import { parseTopic } from '../../../protocol/parse-topic.ts';
import type { MissionDocument } from '../../../protocol/schemas/missions.ts';
import { downTopic, topicOf } from '../../../protocol/topics.ts';
import type { CloudSide } from './cloud.ts';
import { offerOf } from './images.ts';
import { imageUrl } from './objects.ts';
import type { FaultAction } from './scenario.ts';
import { hardwareId, type World } from './world.ts';

type Attack = Extract<FaultAction, { type: 'false-cloud' }>;

const lifeMs = 3650 * 86_400_000;

/**
 * A false cloud: it has the true cloud's server key and controls the network. It reports a time of its own, requests
 * settings, orders missions without end, offers an old image that was signed once, renews certificates under a CA of
 * its own (or under the true renewal CA, whose key it has stolen), and confirms no report. Or it rejects every
 * connection. A lying one also confirms reports without storing them, claims that the shadow was deleted and that the
 * job has ended or never existed, offers jobs that do not exist, and accepts the robot's credentials alternately.
 */
export class FalseCloud implements CloudSide {
  readonly #world: World;
  readonly #attack: Attack;
  readonly #ca: RenewalCa | undefined;
  readonly #draw: () => number;
  #commands = 0;
  #jobs = 0;
  #versions = 1_000_000;

  constructor(world: World, attack: Attack) {
    this.#world = world;
    this.#attack = attack;
    this.#draw = world.stream('falseCloud');
    const stolen = attack.ca === 'stolen' ? world.renewalCa : undefined;
    this.#ca = stolen ?? world.falseCa;
  }

  get #claimedMs(): number {
    return this.#world.cloud.nowMs + this.#attack.aheadMs;
  }

  admits(): boolean {
    return !this.#attack.isShut && !this.#lies(0.3);
  }

  #lies(share: number): boolean {
    return this.#attack.isLying === true && this.#draw() < share;
  }

  serverDates(): string | undefined {
    return this.#world.serverDates();
  }

  disconnected(): void {}

  connected(): Outbound[] {
    const id = `false-${this.#attack.atMs}-${++this.#commands}`;
    // Whoever acts as the cloud may send commands: that violates no invariant.
    this.#world.rules.expiries.set(id, Number.POSITIVE_INFINITY);
    const expiresMs = this.#claimedMs + 100 * lifeMs;
    const issuedMs = this.#claimedMs;
    const order = { v: 1, id, command: 'start', issuedMs, expiresMs, initiator: 'cloud' };
    return [this.#say(downTopic(this.#world.robot, 'commands'), order)];
  }

  receive(topic: string, payload: Uint8Array): Outbound[] {
    const asked = readJson(payload);
    const timestamp = Math.floor(this.#claimedMs / 1000);
    const { clientToken } = asked;
    const base = { timestamp, ...(typeof clientToken === 'string' && { clientToken }) };
    const channel = parseTopic(topic)?.channel;
    if (channel?.event === 'missions/report') return this.#forgetReports(asked);
    if (channel?.event === 'shadow/get' && this.#lies(0.5)) {
      return [this.#say(`${topic}/rejected`, { ...base, code: 404, message: 'no shadow' })];
    }
    if (channel?.service === 'jobs' && this.#lies(0.7)) return this.#lieAboutJobs(topic, base);
    switch (channel?.event) {
      case 'shadow/get': {
        const state = { desired: { settings: { name: 'Mallory' } } };
        return [this.#say(`${topic}/accepted`, { ...base, state, version: ++this.#versions })];
      }
      case 'shadow/update':
        return [this.#say(`${topic}/accepted`, { ...base, version: ++this.#versions })];
      case 'jobs/get':
        return [this.#say(`${topic}/accepted`, { ...base, execution: this.#oldImage() })];
      case 'renewal/create':
        this.#renew(asked['certificateSigningRequest']);
        return [];
      case 'renewal/register':
        return [
          this.#say(`${topic}/accepted`, { deviceConfiguration: {}, thingName: this.#world.robot }),
        ];
      case 'jobs/update':
        return [this.#say(`${topic}/accepted`, base)];
      default:
        return [];
    }
  }

  /** Confirms reports that it does not store. */
  #forgetReports({ reports }: Record<string, unknown>): Outbound[] {
    if (!Array.isArray(reports) || !this.#lies(1)) return [];
    const accepted = (reports as MissionDocument[]).map(({ missionId, ended, boot, revision }) => ({
      missionId,
      ended,
      boot,
      revision,
    }));
    for (const { ended, bodyMission } of reports as MissionDocument[]) {
      if (ended && bodyMission) this.#world.rules.falselyConfirmed.add(bodyMission);
    }
    return [
      this.#say(downTopic(this.#world.robot, 'missions/report/accepted'), { v: 1, accepted }),
    ];
  }

  /** Claims that the job has ended or never existed, and offers another one. */
  #lieAboutJobs(topic: string, base: object): Outbound[] {
    const execution = {
      ...{
        jobId: `invented-${++this.#jobs}`,
        status: 'QUEUED',
        versionNumber: 1,
        executionNumber: 1,
      },
      jobDocument: { operation: 'lie' },
    };
    if (topic.endsWith('/get')) return [this.#say(`${topic}/accepted`, { ...base, execution })];
    const { robot } = this.#world;
    const code = this.#draw() < 0.5 ? 'TerminalStateReached' : 'ResourceNotFound';
    return [
      this.#say(`${topic}/rejected`, { ...base, code }),
      this.#say(topicOf('$aws/things/{robot}/jobs/notify-next', { robot }), { ...base, execution }),
    ];
  }

  /** A manifest that was signed once for this board and has expired since. */
  #oldImage(): object {
    const image = { version: '1.9.0', counter: 1, kind: 'expired' } as const;
    const manifest = offerOf(image, hardwareId);
    const url = imageUrl('firmware/old.img');
    return {
      ...{ jobId: `false-${this.#attack.atMs}`, status: 'QUEUED' },
      ...{ versionNumber: 1, executionNumber: 1 },
      jobDocument: { v: 1, operation: 'firmware-update', manifest, imageUrl: url },
    };
  }

  #renew(csr: unknown): void {
    const { clock, network, falseCertificates, robot } = this.#world;
    const read = readCsr(String(csr));
    if (!read.ok || this.#ca === undefined) return;
    const task = {
      ...({ kind: 'sign', robot, publicKey: read.csr.publicKey, lifeMs } as const),
      ...{ keyHash: '', notBeforeMs: undefined, sessionId: '', requestedBy: '' },
    };
    const signed = clock.hold(this.#ca.sign(task, this.#claimedMs));
    void signed.then((certificatePem) => {
      const id = certificateId(certificatePem);
      falseCertificates.add(id);
      const answer = { certificateId: id, certificatePem, certificateOwnershipToken: 'false' };
      network.downFrom(this, [
        this.#say('$aws/certificates/create-from-csr/json/accepted', answer),
      ]);
    });
  }

  #say(topic: string, body: object): Outbound {
    const { robot } = this.#world;
    return { topic, robot, payload: new TextEncoder().encode(JSON.stringify(body)) };
  }
}

/** A corrupted payload reads as an empty object. */
function readJson(payload: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
