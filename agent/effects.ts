import type { GuardedBoard } from './board/guard.ts';
import type { Declared, Handler, Run } from './kernel/effects.ts';
import type { Ports } from './ports.ts';
import type { Sender } from './publish/sender.ts';

/** The context of the handlers of the features' effects. */
export interface Context extends Run {
  readonly robot: string;
  readonly ports: Omit<Ports, 'board'>;
  readonly board: GuardedBoard;
  readonly sender: Sender;
}

type Key<Data> = string | ((data: Data) => string);

/** Declares an effect that is safe to do again. */
export const repeat = <Data>(
  run: Handler<Data, Context>,
  key?: Key<Data>,
): Declared<Data, Context> => ({ kind: 'repeat', ...(key !== undefined && { key }), run });

/** Declares an effect whose intent must be durable before the action. */
export const once = <Data>(
  run: Handler<Data, Context>,
  key?: Key<Data>,
): Declared<Data, Context> => ({ kind: 'once', ...(key !== undefined && { key }), run });
