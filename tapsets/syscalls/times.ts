/** Arguments about time: points, spans and pairs of them. */
import { type Decoder, type Struct, struct, value } from "./values.ts";

const UTIME_NOW = 0x3fffffff;
const UTIME_OMIT = 0x3ffffffe;

export const times: { readonly [kind: string]: Decoder } = {
  itimerspec: (a) => struct(a.c, value(a), 32, (s) => `{it_interval=${timespec(s, 0)}, it_value=${timespec(s, 16)}}`),
  itimerval: (a) => struct(a.c, value(a), 32, (s) => `{it_interval=${timeval(s, 0)}, it_value=${timeval(s, 16)}}`),
  timespec: (a) => struct(a.c, value(a), 16, (s) => timespec(s, 0)),
  timespecs: (a) => struct(a.c, value(a), 32, (s) => `[${fileTime(s, 0)}, ${fileTime(s, 16)}]`),
  timeval: (a) => struct(a.c, value(a), 16, (s) => timeval(s, 0)),
  timevals: (a) => struct(a.c, value(a), 32, (s) => `[${timeval(s, 0)}, ${timeval(s, 16)}]`),
  timezone: (a) => struct(a.c, value(a), 8, (s) => `{tz_minuteswest=${s.s32(0)}, tz_dsttime=${s.s32(4)}}`),
  utimbuf: (a) => struct(a.c, value(a), 16, (s) => `{actime=${s.s64(0)}, modtime=${s.s64(8)}}`),
};

export function timespec(s: Struct, at: number): string {
  return `{tv_sec=${s.s64(at)}, tv_nsec=${s.s64(at + 8)}}`;
}

function timeval(s: Struct, at: number): string {
  return `{tv_sec=${s.s64(at)}, tv_usec=${s.s64(at + 8)}}`;
}

function fileTime(s: Struct, at: number): string {
  const nanoseconds = s.s64(at + 8);
  if (nanoseconds === UTIME_NOW) return "UTIME_NOW";
  return nanoseconds === UTIME_OMIT ? "UTIME_OMIT" : timespec(s, at);
}
