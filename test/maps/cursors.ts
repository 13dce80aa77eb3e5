/** Cursors as tests want them: their entries one after another. */
import type { Cursor, Value } from "../../abi/module.ts";

export interface Entry<V> {
  readonly keys: readonly Value[];
  readonly value: V;
}

/** `arity`: how many keys an entry has. */
export function* entriesOf<V>(cursor: Cursor<V>, arity = 1): Generator<Entry<V>, undefined> {
  while (cursor.next()) yield { keys: Array.from({ length: arity }, (_, i) => cursor.key(i)), value: cursor.value };
}
