import { type ChannelRow, channels, type Pattern } from './channels.ts';
import type { RobotId as RobotIdSchema, Static } from './schemas/kit.ts';

/** The robot's serial = certificate common name = MQTT client id = thing name. */
export type RobotId = Static<typeof RobotIdSchema>;
const robotIdPattern = /^[A-Za-z0-9:_-]{1,64}$/;
export const isRobotId = (text: string): boolean => robotIdPattern.test(text);

/** AWS's bounds for a template's name. */
/** AWS: the name of a named shadow. */
export const isShadowName = (text: string): boolean => /^[A-Za-z0-9:_-]{1,64}$/.test(text);

export const isTemplateName = (text: string): boolean => /^[A-Za-z0-9_-]{1,36}$/.test(text);

const patterns = Object.keys(channels) as Pattern[];

type After<P, Head extends string> = P extends `${Head}${infer Tail}` ? Tail : never;
const after = (head: string): string[] =>
  patterns.filter((pattern) => pattern.startsWith(head)).map((one) => one.slice(head.length));

/** Ours, robot to cloud: the part after `robots/{robot}/up/`. */
export type UpChannel = After<Pattern, 'robots/{robot}/up/'>;
export const upChannels = after('robots/{robot}/up/') as UpChannel[];

/** Ours, cloud to robot: the part after `robots/{robot}/down/`. */
export type DownChannel = After<Pattern, 'robots/{robot}/down/'>;
export const downChannels = after('robots/{robot}/down/') as DownChannel[];

export const upTopic = (robot: RobotId, channel: UpChannel): string =>
  `robots/${robot}/up/${channel}`;
export const downTopic = (robot: RobotId, channel: DownChannel): string =>
  `robots/${robot}/down/${channel}`;

type Place<P> = P extends `${string}{${infer Name}}${infer Tail}` ? Name | Place<Tail> : never;

/** A channel's topic for one robot, job or template. */
export const topicOf = <P extends Pattern>(
  pattern: P,
  values: Readonly<Record<Place<P>, string>>,
): string =>
  Object.entries<string>(values).reduce<string>(
    // A function, because `$` is special in a replacement string, and a job may be called `$next`.
    (topic, [name, value]) => topic.replace(`{${name}}`, () => value),
    pattern,
  );

/**
 * The filters that cover all topics `down` to a robot or `up` from one, `+` for any, in these services. AWS accepts
 * eight in a request, so one filter covers both responses to a request where both are needed.
 */
export function filtersOf(
  direction: ChannelRow['direction'],
  services: readonly ChannelRow['service'][],
  robot: string,
): readonly string[] {
  const needed = patterns.filter((pattern) => {
    const channel = channels[pattern];
    return (
      channel.direction === direction &&
      channel.event !== null &&
      services.includes(channel.service)
    );
  });
  const filters = needed.map((pattern) => {
    if (channels[pattern].service === 'own') return `robots/{robot}/${direction}/#`;
    const head = pattern.slice(0, pattern.lastIndexOf('/') + 1);
    const siblings = after(head).filter((word) => !word.includes('/'));
    const isAnswer = /\/(?:accepted|rejected)$/.test(pattern);
    const areNeeded = siblings.every((word) => needed.includes(`${head}${word}` as Pattern));
    return isAnswer && siblings.length > 1 && areNeeded ? `${head}+` : pattern;
  });
  return [...new Set(filters)].map((filter) =>
    filter.replace('{robot}', robot).replaceAll(/\{\w+\}/g, '+'),
  );
}
