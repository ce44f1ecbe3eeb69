import type { Json } from './kernel/machine.ts';
import type { StoredValue } from './kernel/ports.ts';
import type { Host } from './supervise/host.ts';

/** What queries are answered from. */
export interface RequestContext {
  readonly robot: string;
  readonly host: Host;
  /** Each machine's view of itself, what was seen of the connection, and the evidence beside it. */
  report(): Promise<Json>;
  /** What the store holds, with what still waited for a commit. */
  stored(): readonly StoredValue[];
}
