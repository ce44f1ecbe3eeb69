import { type ChannelRow, channels, type Pattern } from './channels.ts';
import { isRobotId, isShadowName, isTemplateName, type RobotId } from './topics.ts';

/** A parsed topic. The values of its parameters have been checked. */
export interface ParsedTopic {
  readonly channel: ChannelRow;
  /** Absent where the topic names no robot (renewal). */
  readonly robot?: RobotId;
  readonly job?: string;
  /** The name of a named shadow. */
  readonly shadow?: string;
  readonly template?: string;
}

const isValid: Readonly<Record<string, (text: string) => boolean>> = {
  robot: isRobotId,
  job: (text) => /^(\$next|[A-Za-z0-9_-]{1,64})$/.test(text),
  shadow: isShadowName,
  template: isTemplateName,
};

/** The levels of all patterns as a tree. */
interface Level {
  readonly words: Map<string, Level>;
  place?: { readonly name: string; readonly next: Level };
  pattern?: Pattern;
}

const newLevel = (): Level => ({ words: new Map() });

const tree = (Object.keys(channels) as Pattern[]).reduce((root, pattern) => {
  let level = root;
  for (const word of pattern.split('/')) {
    const name = /^\{(\w+)\}$/.exec(word)?.[1];
    let next = name === undefined ? level.words.get(word) : level.place?.next;
    if (next === undefined) {
      next = newLevel();
      if (name === undefined) level.words.set(word, next);
      else level.place = { name, next };
    }
    level = next;
  }
  level.pattern = pattern;
  return root;
}, newLevel());

/** More levels than any pattern has. */
const levelsMax = 12;

/**
 * Basic Ingest: a robot's message bypasses the broker and goes straight to a rule. It carries the content of our own up
 * topics.
 */
export const withoutRule = (topic: string): string =>
  topic.replace(/^\$aws\/rules\/[A-Za-z0-9_]{1,128}\//, '');

/** `undefined` for a topic that is not part of the protocol. */
export function parseTopic(topic: string): ParsedTopic | undefined {
  const bare = withoutRule(topic);
  const parsed = find(tree, bare.split('/', levelsMax), {});
  const isIngested = bare !== topic;
  const isIngestible = parsed?.channel.service === 'own' && parsed.channel.direction === 'up';
  return isIngested && !isIngestible ? undefined : parsed;
}

/** A literal level takes precedence over a parameter: `jobs/get/accepted` is a response, not a job called `get`. */
function find(
  level: Level,
  [word, ...rest]: readonly string[],
  names: Readonly<Record<string, string>>,
): ParsedTopic | undefined {
  if (word === undefined) {
    return level.pattern === undefined ? undefined : { channel: channels[level.pattern], ...names };
  }
  const next = level.words.get(word);
  const found = next && find(next, rest, names);
  if (found !== undefined) return found;
  const { place } = level;
  if (place === undefined || !isValid[place.name]?.(word)) return undefined;
  return find(place.next, rest, { ...names, [place.name]: word });
}
