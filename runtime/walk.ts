/**
 * The order in which `foreach` visits entries: those that fit its slice, sorted, cut to its limit.
 *
 * Called for arrays and for the buckets of histograms. The list that comes in is the walk's own.
 */
import type { MapEntry, Value, WalkOptions } from "../abi/module.ts";

/** `rankOf` says what a value sorts by. */
export function walkEntries<V>(
  list: MapEntry<V>[],
  { slice, by, direction = 1, limit }: WalkOptions,
  rankOf: (value: V) => Value,
): readonly MapEntry<V>[] {
  const fitting = slice ? list.filter(({ keys }) => matches(keys, slice)) : list;
  if (by !== undefined) {
    sortByRank(fitting, (entry) => (by === "value" ? rankOf(entry.value) : entry.keys[by]!), direction);
  }
  if (limit === undefined || limit >= fitting.length) return fitting;
  return fitting.slice(0, Math.max(0, Number(limit)));
}

export function matches(keys: readonly Value[], slice: readonly (Value | null)[]): boolean {
  for (let i = 0; i < slice.length; i++) if (slice[i] !== null && slice[i] !== keys[i]) return false;
  return true;
}

/** Stable, so that entries that rank the same stay in order of creation. */
function sortByRank<T>(list: T[], rank: (item: T) => Value, direction: 1 | -1): void {
  const ranked = list.map((item) => ({ item, rank: rank(item) }));
  ranked.sort((a, b) => (a.rank < b.rank ? -direction : a.rank > b.rank ? direction : 0));
  for (let i = 0; i < list.length; i++) list[i] = ranked[i]!.item;
}
