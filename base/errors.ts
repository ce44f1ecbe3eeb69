/**
 * A failure that a user can act on: what happened, to what, and what to do about it.
 *
 * `code` is stable (kebab-case) and may be matched by programs; `message` names the thing that failed; `hint` says what
 * to do. Expected outcomes in machines and in `protocol/` are values, not errors; broken invariants use `assert`.
 */
export class PilotfishError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly hint: string | undefined;

  constructor(code: Code, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PilotfishError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** The stable code of any thrown value: ours, Node's (`ECONNREFUSED`), or `unknown`. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : 'unknown';
}

const lineCharsMax = 500;

/** One line for people, causes included; never a stack trace. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `: ${explain(error.cause)}`;
  const line = `${error.message}${cause}`.replaceAll(/\s*\n\s*/g, ' ');
  // Some libraries put the whole unreadable input into their message.
  return line.length > lineCharsMax ? `${line.slice(0, lineCharsMax)}…` : line;
}

const systemHints: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no room on that medium: make room, or choose another folder',
  EDQUOT: 'the quota of this user is used up: make room, or choose another folder',
  EROFS: 'that medium is read-only: make it writable, or choose another folder',
  EACCES: 'this user may not do that: check the rights of the file and its folders',
};

/** What to do about it, where that is known: the error's own hint, or one for a file-system code. */
export function hintOf(error: unknown): string | undefined {
  const own = error instanceof PilotfishError ? error.hint : undefined;
  return (
    own ?? (Object.hasOwn(systemHints, codeOf(error)) ? systemHints[codeOf(error)] : undefined)
  );
}
