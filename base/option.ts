/**
 * What the value of an option may be, on a command line and in a configuration file. Both check it with `expectedOf`, so
 * an option never needs a check of its own.
 */
export interface ValueRule {
  readonly type: 'string' | 'number' | 'integer' | 'boolean';
  readonly describe: string;
  /** A string may be empty only when its default is. */
  readonly default?: string | number | boolean;
  readonly min?: number;
  readonly max?: number;
  /** The only values of a string. */
  readonly words?: readonly string[];
  readonly pattern?: RegExp;
  /** The pattern's meaning, for people. */
  readonly expected?: string;
}

export type ValueOf<R extends ValueRule> = R extends { words: readonly (infer W)[] }
  ? W
  : R['type'] extends 'string'
    ? string
    : R['type'] extends 'boolean'
      ? boolean
      : number;

/** What was expected instead, for people; `undefined` when the value obeys the rule. */
export function expectedOf(rule: ValueRule, value: unknown): string | undefined {
  switch (rule.type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false';
    case 'number':
    case 'integer':
      return isNumberOf(rule, value) ? undefined : numberText(rule);
    case 'string':
      return stringFault(rule, value);
  }
}

function isNumberOf({ type, min, max }: ValueRule, value: unknown): boolean {
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  if (type === 'integer' && !Number.isSafeInteger(value)) return false;
  return value >= (min ?? Number.NEGATIVE_INFINITY) && value <= (max ?? Number.POSITIVE_INFINITY);
}

function numberText({ type, min, max }: ValueRule): string {
  const number = type === 'integer' ? 'a whole number' : 'a number';
  if (min !== undefined && max !== undefined) return `${number} from ${min} to ${max}`;
  if (min !== undefined) return `${number} of at least ${min}`;
  return max === undefined ? number : `${number} of at most ${max}`;
}

function stringFault(rule: ValueRule, value: unknown): string | undefined {
  if (typeof value !== 'string') return 'a text';
  if (value === '') return rule.default === '' ? undefined : 'a text that is not empty';
  if (rule.words?.includes(value) === false) return `one of ${rule.words.join(', ')}`;
  if (rule.pattern?.test(value) === false) return rule.expected ?? 'another form';
  return undefined;
}
