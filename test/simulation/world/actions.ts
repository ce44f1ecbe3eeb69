import type { Verb } from '../../../hal/robot-body.ts';
import { limits } from '../../../protocol/limits.ts';
import { FalseCloud } from './false-cloud.ts';
import { bytesOf, offerOf } from './images.ts';
import { imageUrl } from './objects.ts';
import type { Action, FaultAction } from './scenario.ts';
import { calm, type Weather } from './weather.ts';
import { hardwareId, type World } from './world.ts';

type Table = {
  readonly [T in Action['type']]: (world: World, action: Extract<Action, { type: T }>) => void;
};

/** Performs one action at its time. A lasting action schedules its own end. */
export function perform(world: World, action: Action): void {
  world.trace('scenario', action.type, action);
  (table[action.type] as (world: World, action: Action) => void)(world, action);
}

const table: Table = {
  button: ({ board }) => {
    board.board?.body.pressButton();
    board.touched();
  },
  stuck: ({ board }, { forS }) => {
    board.board?.body.getStuck(forS);
    board.touched();
  },
  command: (world, { verb, expiresMs }) => order(world, verb, expiresMs),
  burst(world, { verbs, expiresMs }) {
    // Far enough apart that none overtakes another on the way.
    for (const [n, verb] of verbs.entries()) {
      world.clock.after(n * 1500, () => order(world, verb, expiresMs));
    }
    world.saw('bursts');
  },
  setting(world, { name, value }) {
    const version = desire(world, name, value);
    world.rules.pending.desire(name, value, version);
    world.rules.owner.desired(name, value);
  },
  'invalid-setting': (world, { name, value }) => {
    desire(world, name, value);
    world.rules.owner.desired(name, value);
    world.saw('invalid values');
  },
  owner(world, { name, value }) {
    const { board, rules } = world;
    if (board.board === undefined) return;
    rules.owner.changes(name, value);
    board.board.body.configure({ [name]: value });
    board.touched();
    world.saw('owner changes');
  },
  update(world, { version, counter, image: kind }) {
    const { cloud, objects, network, robot, rules } = world;
    const image = { version: `${version}.0.0`, counter, kind };
    const key = `firmware/${version}.img`;
    const bytes = bytesOf(image);
    if (kind !== 'missing') {
      objects.bytes.set(key, kind === 'damaged' ? bytes.map((byte) => byte ^ 1) : bytes);
    }
    const manifest = offerOf(image, hardwareId);
    const document = { v: 1, operation: 'firmware-update', manifest, imageUrl: imageUrl(key) };
    const made = cloud.operator.createJob(
      { jobId: `job-${version}`, targets: [robot], document: JSON.stringify(document) },
      cloud.nowMs,
    );
    if (!made.ok) return rules.broken('stub', made.message);
    rules.offered.set(`job-${version}`, kind);
    network.down(made.outbound);
  },
  withdraw(world) {
    const { cloud, network, robot, rules } = world;
    const open = cloud.operator
      .list('job_executions', `${robot}/`)
      .map(({ value }) => value)
      .filter(({ status }) => status === 'QUEUED' || status === 'IN_PROGRESS');
    const newest = open.sort((a, b) => a.queuedMs - b.queuedMs).at(-1);
    if (newest === undefined) return;
    const { jobId } = newest;
    const canceled = cloud.operator.cancelJob({ jobId, force: true }, cloud.nowMs);
    if (!canceled.ok) return rules.broken('stub', canceled.message);
    rules.withdrawals.withdraw(jobId);
    network.down(canceled.outbound);
    world.saw('withdrawals');
  },
  renew: ({ agentProcess }, { rotateKey }) =>
    void agentProcess?.agent?.request({ method: 'renew', params: { rotateKey } }, 'local-socket'),
  // Applied before the world starts.
  certificate: () => {},
  outbox: () => {},

  drop: (world, action) => weather(world, action, 'drop'),
  repeat: (world, action) => weather(world, action, 'repeat'),
  corrupt: (world, action) => weather(world, action, 'corrupt'),
  junk: (world, action) => weather(world, action, 'junk'),
  refuse: (world, action) => weather(world, action, 'refuse'),
  mute: (world, action) => weather(world, action, 'mute'),
  jam: (world, action) => weather(world, action, 'jam'),
  delay(world, { forMs, msMax }) {
    world.network.line.weather.delayMsMax = msMax;
    world.rules.delayMsMax = Math.max(world.rules.delayMsMax, msMax);
    until(world, forMs, () => {
      world.network.line.weather.delayMsMax = calm.delayMsMax;
    });
  },
  throttle(world, { forMs, perMinute }) {
    world.network.line.weather.perMinute = perMinute;
    until(world, forMs, () => {
      world.network.line.weather.perMinute = calm.perMinute;
    });
  },
  cut: (world) => counted(world, 'cut', world.network.cut()),
  'half-open': (world) => counted(world, 'half-open', world.network.breakSilently()),
  takeover(world, { forMs }) {
    const { network, clock } = world;
    const endMs = clock.nowMs + forMs;
    const again = () => {
      if (clock.nowMs >= endMs) return network.leave();
      counted(world, 'takeover', network.takeOver());
      clock.after(7000, again);
    };
    again();
  },
  'broker-restart': (world, { forMs }) => {
    world.count('broker-restart');
    world.cloud.die(forMs);
  },
  'cloud-crash': (world, { over, when }) => {
    world.count('cloud-crash');
    world.cloud.crash({ over, when });
  },
  http(world, { forMs, how, share }) {
    world.objects.weather.set(how, share);
    until(world, forMs, () => world.objects.weather.delete(how));
  },
  kill(world, { forMs, where }) {
    const untilMs = world.clock.nowMs + forMs;
    const spring = () => counted(world, `kill ${group(where)}`, world.kill());
    world.arrange({ where, untilMs, spring });
  },
  'power-cut'(world, { forMs, where, offMs, clock }) {
    const untilMs = world.clock.nowMs + forMs;
    const spring = () => counted(world, `power-cut ${group(where)}`, world.cutPower(offMs, clock));
    world.arrange({ where, untilMs, spring });
  },
  clock(world, { forMs, byMs }) {
    world.count('clock');
    world.boardClock.aheadMs += byMs;
    until(world, forMs, () => {
      world.boardClock.aheadMs = 0;
    });
  },
  'disk-full'(world, { forMs }) {
    world.count('disk-full');
    world.trouble.isFull = true;
    until(world, forMs, () => {
      world.trouble.isFull = false;
    });
  },
  'disk-fails'(world, { forMs, share }) {
    world.trouble.diskFails = share;
    until(world, forMs, () => {
      world.trouble.diskFails = 0;
    });
  },
  'board-silent'(world, { forMs, share }) {
    world.trouble.silent = share;
    until(world, forMs, () => {
      world.trouble.silent = 0;
    });
  },
  'store-lost'(world) {
    world.count('store-lost');
    world.kill();
    world.disk.lose();
    world.rules.storeLost();
  },
  poison(world, { machine }) {
    world.count('poison');
    world.poison(machine);
  },
  'store-restored'(world, { forMs }) {
    const putBack = world.disk.backup();
    until(world, forMs, () => {
      world.count('store-restored');
      world.kill();
      putBack();
      world.rules.storeRestored();
    });
  },
  'revoke-next'(world, { forMs, share }) {
    world.trouble.spoils = share;
    until(world, forMs, () => {
      world.trouble.spoils = 0;
    });
  },
  'invented-jobs'(world, { forMs }) {
    world.count('invented-jobs');
    world.cloud.inventedJobs.isActive = true;
    until(world, forMs, () => {
      world.cloud.inventedJobs.isActive = false;
    });
  },
  'false-cloud'(world, action) {
    const { network } = world;
    world.count('false-cloud');
    world.rules.owner.desiredByOthers();
    const falseCloud = new FalseCloud(world, action);
    network.answerBy(falseCloud);
    until(world, action.forMs, () => {
      if (network.falseCloud === falseCloud) network.answerBy(undefined);
    });
  },
  block(world, { forMs }) {
    world.count('block');
    const id = world.credentials.of('current')?.certificateId ?? '';
    const set = (status: 'INACTIVE' | 'ACTIVE') => {
      world.cloud.operator.updateCertificate(id, status, world.cloud.nowMs);
      if (status === 'INACTIVE') world.network.drop(id);
    };
    world.rules.isBlocked = true;
    set('INACTIVE');
    until(world, forMs, () => {
      set('ACTIVE');
      world.rules.isBlocked = false;
    });
  },
};

function order({ cloud, network, robot, rules }: World, verb: Verb, lifeMs: number): void {
  const expiresMs = cloud.nowMs + Math.min(lifeMs, limits.commandLifeMsMax);
  const sent = cloud.operator.sendCommand({ robot, command: verb, expiresMs }, cloud.nowMs);
  if (!sent.ok) return rules.broken('stub', sent.message);
  rules.commandIssued(sent.value.command.id, verb, expiresMs);
  network.down(sent.outbound);
  cloud.arrangeTick();
}

/** Changes a desired setting in the shadow. Returns the shadow's version. */
function desire({ cloud, network, robot }: World, name: string, value: unknown): number {
  const state = { desired: { settings: { [name]: value } } };
  const payload = new TextEncoder().encode(JSON.stringify({ state }));
  const request = { thing: robot, verb: 'update', payload } as const;
  network.down(cloud.operator.shadow(request, cloud.nowMs).outbound);
  return cloud.operator.get('shadows', robot)?.version ?? 0;
}

type Share = Extract<FaultAction, { type: keyof Weather }>;

function weather(world: World, { forMs, share }: Share, name: Share['type']): void {
  world.network.line.weather[name] = share;
  until(world, forMs, () => {
    world.network.line.weather[name] = 0;
  });
}

const until = (world: World, forMs: number, action: () => void): void => {
  world.clock.after(forMs, action);
};

function counted(world: World, fault: string, isDone: boolean): void {
  if (isDone) world.count(fault);
}

/** The step at which an end falls, as a short group name. */
function group(where: string): string {
  if (where === 'now' || where.endsWith(' commit')) return where;
  return where.replace(/ .*/, ' a step');
}
