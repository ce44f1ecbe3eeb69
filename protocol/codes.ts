/**
 * Why a message or a request was rejected. The words are part of the wire format and of logs; their meaning never
 * changes.
 */
export const codes = {
  'not-json': 'the payload is not JSON in UTF-8',
  'too-large': 'the payload is larger than the protocol allows',
  'wrong-schema': 'the payload lacks a field or has one of the wrong kind',
  'out-of-range': 'a time or a count is out of range',
  'wrong-topic': 'the topic is not one of the protocol',
  'foreign-robot': 'the message speaks for another robot than the one that sent it',
  'id-conflict':
    'another document was final under the same mission id: the robot must take a new epoch',
  'no-such-mission': 'the mission is not known here',
  'map-mismatch': 'the map differs from the one that the mission announced',
  expired: 'the time for it is over',
} as const satisfies Record<string, string>;

export type RefusalCode = keyof typeof codes;
