import { DatabaseSync } from 'node:sqlite';
import { chainPath } from '../../factory/chain.ts';

/** Somebody at the chain of a station's folder: runs SQL, with values for its question marks. */
export function changeChain(folder: string, sql: string, ...values: readonly string[]): void {
  using database = new DatabaseSync(chainPath(folder));
  if (values.length === 0) database.exec(sql);
  else database.prepare(sql).run(...values);
}
