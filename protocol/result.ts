/** An expected outcome as a value. `code` is stable, `message` is for people. */
export type Result<T, Code extends string = string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: Code; readonly message: string };

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });

export const refuse = <Code extends string>(code: Code, message: string): Result<never, Code> => ({
  ok: false,
  code,
  message,
});
