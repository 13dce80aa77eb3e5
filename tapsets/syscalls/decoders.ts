/** All decoders of arguments, by kind: those that are numbers and names here, the others from the files of their subject. */
import type { Long } from "../../base/int64.ts";
import { bits, enums } from "./constants.ts";
import { filesystem } from "./filesystem.ts";
import { memory } from "./memory.ts";
import { processes } from "./processes.ts";
import { signals } from "./signals.ts";
import { sockets } from "./sockets.ts";
import { times } from "./times.ts";
import { address, type Decoder, flags, hex, int, named, string, uint, value } from "./values.ts";

const decimal: Decoder = (a) => String(int(a));
const long: Decoder = (a) => String(value(a));
const unsigned: Decoder = (a) => String(BigInt.asUintN(64, BigInt(value(a))));
const pointer: Decoder = (a) => address(value(a));

/** Sets of bits that take the whole register. */
// biome-ignore format: table
const wide: ReadonlySet<string> = new Set([
  "fanotify_mask", "kexec_file_flags", "kexec_flags", "mempolicy_flags", "mount_flags", "perf_flags", "pkey_rights",
]);

function fromSets(): { readonly [kind: string]: Decoder } {
  const made: { [kind: string]: Decoder } = {};
  for (const kind of Object.keys(bits) as (keyof typeof bits)[]) {
    made[kind] = wide.has(kind) ? (a) => flags(kind, value(a)) : (a) => flags(kind, uint(a));
  }
  for (const kind of Object.keys(enums) as (keyof typeof enums)[]) {
    // What is no known number was unsigned more often than not, as the requests of ioctl.
    made[kind] = (a) => named(kind, int(a) as Long);
  }
  return made;
}

// biome-ignore format: table
export const decoders: { readonly [kind: string]: Decoder } = {
  ...fromSets(),
  address:      pointer,
  address_text: pointer,
  fd:           decimal,
  gid:          decimal,
  hex:          (a) => hex(uint(a)),
  hexlong:      (a) => hex(value(a)),
  hidden:       () => undefined,
  int:          decimal,
  long,
  path:         (a) => string(a.c, value(a)),
  pid:          decimal,
  pointer,
  random_buffer: pointer,
  seccomp_args: pointer,
  size:         unsigned,
  string_at:    (a) => string(a.c, value(a)),
  uid:          decimal,
  uint:         (a) => String(uint(a)),
  ulong:        unsigned,
  unquoted:     (a) => a.c.readString(value(a), a.c.maxString - 1) ?? "",
  ...filesystem,
  ...memory,
  ...processes,
  ...signals,
  ...sockets,
  ...times,
};
