/** The clocks of the target, and dates; what only divides these has its place in timestamp.stp. */
import type { BuiltinHost, BuiltinTable } from "../abi/builtins.ts";
import { type Long, long } from "../base/int64.ts";

// biome-ignore format: table
export const time = {
  ctime:           (c, seconds?: Long) => ctime(c, seconds ?? long(c.realtimeNs() / 1_000_000_000n)),
  gettimeofday_ms: (c) => long(c.realtimeNs() / 1_000_000n),
  gettimeofday_ns: (c) => long(c.realtimeNs()),
  gettimeofday_s:  (c) => long(c.realtimeNs() / 1_000_000_000n),
  gettimeofday_us: (c) => long(c.realtimeNs() / 1000n),
  ktime_get_ns:    (c) => c.monotonicNs(),
} satisfies BuiltinTable;

const days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY = 86_400;

/** As ctime(3) in UTC, without the newline; only of seconds that fit 32 bits, so that it is 24 characters always. */
function ctime(c: BuiltinHost, seconds: Long): string {
  const at = Number(seconds);
  if (at !== (at | 0)) return c.fail(`ctime: ${seconds} seconds are too far from 1970`);
  const day = Math.floor(at / DAY);
  const second = at - day * DAY;
  const { year, month, date } = civil(day);
  const weekday = days[((day % 7) + 7) % 7];
  const clock = [second / 3600, (second / 60) % 60, second % 60].map((part) => two(Math.floor(part))).join(":");
  return `${weekday} ${months[month]} ${String(date).padStart(2)} ${clock} ${year}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** The date of a day of the Gregorian calendar, counted from 1970; years begin in March, so that leap days are last. */
function civil(day: number): { readonly year: number; readonly month: number; readonly date: number } {
  const since = day + 719_468;
  const era = Math.floor(since / 146_097);
  const ofEra = since - era * 146_097;
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * ofYear + 2) / 153);
  const month = (fromMarch + 2) % 12;
  const date = ofYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month < 2 ? 1 : 0), month, date };
}
