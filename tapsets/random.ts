/** Random numbers, from the seed of the target. */
import type { BuiltinTable } from "../abi/builtins.ts";
import type { Long } from "../base/int64.ts";

export const random = {
  randint: (c, n: Long) => (n > 0 ? c.random(Math.min(Number(n), Number.MAX_SAFE_INTEGER)) : 0),
} satisfies BuiltinTable;
