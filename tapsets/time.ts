/** The clocks of the target. */
import type { BuiltinTable } from "../abi/builtins.ts";
import { long } from "../base/int64.ts";

// biome-ignore format: table
export const time = {
  gettimeofday_ms: (c) => long(c.realtimeNs() / 1_000_000n),
  gettimeofday_ns: (c) => long(c.realtimeNs()),
  gettimeofday_s:  (c) => long(c.realtimeNs() / 1_000_000_000n),
  gettimeofday_us: (c) => long(c.realtimeNs() / 1000n),
  ktime_get_ns:    (c) => c.monotonicNs(),
} satisfies BuiltinTable;
