import type { RobotId as RobotIdSchema, Static } from './schemas/kit.ts';

/** The robot's serial = certificate common name = MQTT client id = thing name. */
export type RobotId = Static<typeof RobotIdSchema>;
const robotIdPattern = /^[A-Za-z0-9:_-]{1,64}$/;
export const isRobotId = (text: string): boolean => robotIdPattern.test(text);

/** Ours, robot to cloud: the part after `robots/{robot}/up/`. */
export const upChannels = ['missions/report', 'maps/upload', 'commands/outcome', 'time'] as const;
export type UpChannel = (typeof upChannels)[number];

/** Ours, cloud to robot: the part after `robots/{robot}/down/`. */
export const downChannels = [
  'missions/report/accepted',
  'missions/report/rejected',
  'missions/wanted',
  'maps/upload/accepted',
  'maps/upload/rejected',
  'commands',
  'time',
] as const;
export type DownChannel = (typeof downChannels)[number];

export const upTopic = (robot: RobotId, channel: UpChannel): string =>
  `robots/${robot}/up/${channel}`;
export const downTopic = (robot: RobotId, channel: DownChannel): string =>
  `robots/${robot}/down/${channel}`;
export const downFilter = (robot: RobotId): string => `robots/${robot}/down/#`;

/** AWS's reserved topics (AWS IoT developer guide, "Reserved topics"), for one thing. */
export const shadowTopics = (robot: RobotId) => {
  const base = `$aws/things/${robot}/shadow`;
  return {
    get: `${base}/get`,
    getAccepted: `${base}/get/accepted`,
    getRejected: `${base}/get/rejected`,
    update: `${base}/update`,
    updateAccepted: `${base}/update/accepted`,
    updateRejected: `${base}/update/rejected`,
    updateDelta: `${base}/update/delta`,
    updateDocuments: `${base}/update/documents`,
  } as const;
};

export const jobsTopics = (robot: RobotId) => {
  const base = `$aws/things/${robot}/jobs`;
  return {
    notify: `${base}/notify`,
    notifyNext: `${base}/notify-next`,
    startNext: `${base}/start-next`,
    startNextAccepted: `${base}/start-next/accepted`,
    startNextRejected: `${base}/start-next/rejected`,
    get: `${base}/get`,
    /** One job's request topics; their answers stand below with `/accepted` and `/rejected`. */
    job: (jobId: string) => ({ get: `${base}/${jobId}/get`, update: `${base}/${jobId}/update` }),
  } as const;
};

/**
 * AWS's fleet provisioning, by which a robot renews its certificate. These topics name no robot: the service answers the
 * connection that asked, and nobody else.
 */
export const provisioningTopics = (template: string) =>
  ({
    create: '$aws/certificates/create-from-csr/json',
    register: `$aws/provisioning-templates/${template}/provision/json`,
  }) as const;

/** AWS's bounds for a template's name. */
export const isTemplateName = (text: string): boolean => /^[A-Za-z0-9_-]{1,36}$/.test(text);

export interface ProvisioningTopic {
  readonly verb: 'create' | 'register';
  readonly template?: string;
  readonly answer?: Answer;
}

/** A topic of fleet provisioning, taken apart; `undefined` for any other. */
export function parseProvisioning(topic: string): ProvisioningTopic | undefined {
  const found =
    /^\$aws\/(?:certificates\/(create)-from-csr|provisioning-templates\/([A-Za-z0-9_-]{1,36})\/provision)\/json(?:\/(accepted|rejected))?$/.exec(
      topic,
    );
  if (found === null) return undefined;
  const [, create, template, answer] = found;
  return {
    verb: create === undefined ? 'register' : 'create',
    ...(template === undefined ? {} : { template }),
    ...(answer === undefined ? {} : { answer: answer as Answer }),
  };
}

export type Answer = 'accepted' | 'rejected';

/** A topic that is about one robot, taken apart; `undefined` for any other. The robot's name is checked. */
export type ParsedTopic =
  | { readonly kind: 'up'; readonly robot: RobotId; readonly channel: UpChannel }
  | { readonly kind: 'down'; readonly robot: RobotId; readonly channel: DownChannel }
  | {
      readonly kind: 'shadow';
      readonly robot: RobotId;
      readonly verb: 'get' | 'update' | 'delete';
      readonly answer?: Answer | 'delta' | 'documents';
    }
  | {
      readonly kind: 'jobs';
      readonly robot: RobotId;
      readonly verb: 'get' | 'start-next' | 'update' | 'notify' | 'notify-next';
      readonly jobId?: string;
      readonly answer?: Answer;
    };

export function parseTopic(topic: string): ParsedTopic | undefined {
  const bare = topic.replace(/^\$aws\/rules\/[A-Za-z0-9_]{1,128}\//, '');
  const [head, ...rest] = bare.split('/');
  if (head === 'robots') return parseOwn(rest);
  if (head === '$aws' && rest[0] === 'things' && bare === topic)
    return parseReserved(rest.slice(1));
  return undefined;
}

function parseOwn([robot = '', direction, ...rest]: string[]): ParsedTopic | undefined {
  if (!isRobotId(robot)) return undefined;
  const channel = rest.join('/');
  if (direction === 'up' && includes(upChannels, channel)) return { kind: 'up', robot, channel };
  if (direction === 'down' && includes(downChannels, channel))
    return { kind: 'down', robot, channel };
  return undefined;
}

function parseReserved([robot = '', service, ...rest]: string[]): ParsedTopic | undefined {
  if (!isRobotId(robot)) return undefined;
  if (service === 'shadow') return parseShadow(robot, rest);
  return service === 'jobs' ? parseJobs(robot, rest) : undefined;
}

function parseShadow(robot: RobotId, [verb, answer, ...more]: string[]): ParsedTopic | undefined {
  if (more.length > 0 || !includes(['get', 'update', 'delete'] as const, verb)) return undefined;
  if (answer === undefined) return { kind: 'shadow', robot, verb };
  const answers =
    verb === 'update'
      ? (['accepted', 'rejected', 'delta', 'documents'] as const)
      : (['accepted', 'rejected'] as const);
  return includes(answers, answer) ? { kind: 'shadow', robot, verb, answer } : undefined;
}

function parseJobs(robot: RobotId, parts: string[]): ParsedTopic | undefined {
  const tail = parts.at(-1);
  const answer = includes(['accepted', 'rejected'] as const, tail) ? tail : undefined;
  const [first, second, ...more] = answer === undefined ? parts : parts.slice(0, -1);
  if (more.length > 0 || first === undefined) return undefined;
  const extra = answer === undefined ? {} : { answer };
  if (second === undefined) {
    if (!includes(['get', 'start-next', 'notify', 'notify-next'] as const, first)) return undefined;
    return { kind: 'jobs', robot, verb: first, ...extra };
  }
  if (!/^(\$next|[A-Za-z0-9_-]{1,64})$/.test(first)) return undefined;
  if (!includes(['get', 'update'] as const, second)) return undefined;
  return { kind: 'jobs', robot, verb: second, jobId: first, ...extra };
}

const includes = <T extends string>(list: readonly T[], word: string | undefined): word is T =>
  (list as readonly (string | undefined)[]).includes(word);
