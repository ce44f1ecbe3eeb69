import type { ConnectionEnd } from './poison-detector.ts';
import type { Outgoing } from './priority-queues.ts';

export interface ProbePorts {
  nowMs(): number;
  after(ms: number, action: () => void): () => void;
  /** Sends a PINGREQ; the answer is `proved`. */
  probe(): void;
  /** False: the socket accepts no data now. */
  publish(message: Outgoing): boolean;
  cleared(about: string): void;
  /** No probe is running: other messages may be sent. */
  over(): void;
}

/** Round trips before a suspect is probed: unstable connections end before the probe starts. */
const quietRoundTrips = 30;
const suspectsMax = 16;
/** A slow probe proves nothing: the network may as well be the cause. */
const slowMsMax = 20_000;
/** A broker that sends data but answers no ping keeps its connection; the probe ends. */
const answerMsMax = 300_000;

/**
 * Theory of operation. Suspects are held back until the connection has proved stable without them. Then they are sent
 * one by one, with nothing else in flight:
 *
 *     idle --first suspect: ping--> measuring --answer--> holding --30 round trips--> clearing (ping)
 *     clearing --answer: all before is read--> trying (the suspect, and a ping) --answer: cleared--> trying the next
 *
 * An unstable network ends a connection during `trying` at most once in 80 probes (a cut in one round trip after 30
 * without one), and three times in a row in half a million. On a slow uplink a large message takes far longer than a
 * ping. So a close counts only when the connection had been up 30 times as long as the probe took, and later probes
 * wait for that.
 */
export class Probes {
  #state: 'idle' | 'measuring' | 'holding' | 'clearing' | 'trying' = 'idle';
  #withheld: Outgoing[] = [];
  #probed: Outgoing | undefined;
  #pingedMs = 0;
  #roundTripMs: number | undefined;
  #measuredMs = 0;
  /** The longest probe whose close could not be counted. */
  #slowestMs = 0;
  #cancel = (): void => {};
  readonly #ports: ProbePorts;

  constructor(ports: ProbePorts) {
    this.#ports = ports;
  }

  /** No other message may be sent. */
  get isOn(): boolean {
    return this.#state === 'clearing' || this.#state === 'trying';
  }

  get waiting(): number {
    return this.#withheld.length;
  }

  /** Accepts a suspect to be probed on this connection; false: no room. */
  hold(message: Outgoing): boolean {
    const older = this.#withheld.findIndex(({ about }) => about === message.about);
    if (older >= 0) this.#withheld[older] = message;
    else if (this.#withheld.length >= suspectsMax) return false;
    else this.#withheld.push(message);
    if (this.#state !== 'idle') return true;
    if (this.#roundTripMs === undefined) this.#ping('measuring');
    else this.#ping('clearing');
    return true;
  }

  proved(): void {
    if (this.#state !== 'holding') this.#cancel();
    const ms = this.#ports.nowMs() - this.#pingedMs;
    switch (this.#state) {
      case 'measuring':
        this.#roundTripMs = ms;
        this.#measuredMs = this.#ports.nowMs();
        return this.#wait(quietRoundTrips * Math.max(ms, this.#slowestMs));
      case 'clearing':
        return this.#next();
      case 'trying':
        if (this.#probed !== undefined) this.#ports.cleared(this.#probed.about);
        return this.#next();
      case 'idle':
      case 'holding':
        return;
    }
  }

  /** The connection has ended; the held messages are dropped. Their machines send them again. */
  down(): ConnectionEnd {
    this.#cancel();
    const isTrying = this.#state === 'trying';
    const probed = isTrying && this.#counts() ? this.#probed?.about : undefined;
    // Only a connection without a probe clears the suspects that it held back.
    const withheld = isTrying ? [] : this.#withheld.map(({ about }) => about);
    this.#state = 'idle';
    this.#withheld = [];
    this.#probed = undefined;
    this.#roundTripMs = undefined;
    return { probed, withheld };
  }

  /** Whether a close during this probe counts against the message. */
  #counts(): boolean {
    const tookMs = this.#ports.nowMs() - this.#pingedMs;
    if (quietRoundTrips * tookMs <= this.#pingedMs - this.#measuredMs) return true;
    this.#slowestMs = Math.min(slowMsMax, Math.max(this.#slowestMs, tookMs));
    return false;
  }

  #wait(ms: number): void {
    this.#state = 'holding';
    this.#cancel = this.#ports.after(ms, () => this.#ping('clearing'));
  }

  #ping(state: 'measuring' | 'clearing' | 'trying'): void {
    this.#state = state;
    this.#pingedMs = this.#ports.nowMs();
    this.#cancel = this.#ports.after(answerMsMax, () => {
      this.down();
      this.#ports.over();
    });
    this.#ports.probe();
  }

  #next(): void {
    const [message] = this.#withheld;
    if (message === undefined) {
      this.#state = 'idle';
      return this.#ports.over();
    }
    if (!this.#ports.publish(message)) {
      this.#wait(1000);
      return this.#ports.over();
    }
    this.#withheld.shift();
    this.#probed = message;
    this.#ping('trying');
  }
}
