import type { Json } from './kernel/machine.ts';
import type { StoredValue } from './kernel/ports.ts';
import type { Host } from './supervise/host.ts';

/** The data that queries are answered from. */
export interface RequestContext {
  readonly robot: string;
  readonly host: Host;
  /** Each machine's view, what was observed of the connection, and the evidence. */
  report(): Promise<Json>;
  /** The content of the store, including deferred writes. */
  stored(): readonly StoredValue[];
}
