/** Arguments about sockets: families, types, addresses, messages and options. */
import type { BuiltinHost } from "../../abi/builtins.ts";
import type { Long } from "../../base/int64.ts";
import { limits } from "../../base/limits.ts";
import type { enums } from "./constants.ts";
import {
  address,
  array,
  buffer,
  type Decoder,
  flags,
  hex,
  int,
  named,
  nameOf,
  quoteBuffer,
  Struct,
  struct,
  uint,
  value,
} from "./values.ts";

const TYPE = 0xf;
const AF = { UNIX: 1, INET: 2, INET6: 10, NETLINK: 16 };

export const sockets: { readonly [kind: string]: Decoder } = {
  msghdr: (a) => struct(a.c, value(a), 56, (s) => message(a.c, s)),
  sock_protocol: (a) => {
    const family = int(a, -2);
    if (family === AF.INET || family === AF.INET6) return named("ip_protocol", uint(a));
    return family === AF.NETLINK ? named("netlink_protocol", uint(a)) : hex(uint(a));
  },
  sock_type: (a) => {
    const rest = (uint(a) & ~TYPE) >>> 0;
    const type = nameOf("sock_types", uint(a) & TYPE);
    if (type === undefined) return flags("sock_flags", uint(a));
    return rest === 0 ? type : `${type}|${flags("sock_flags", rest)}`;
  },
  sockaddr: (a) => socketAddress(a.c, value(a), uint(a, 1)),
  sockopt_level: (a) => nameOf("sockopt_levels", int(a)) ?? hex(uint(a)),
  sockopt_name: (a) => {
    const set = optionSets[int(a, -1)];
    return (set && nameOf(set, int(a))) ?? hex(uint(a));
  },
  sockopt_value: (a) =>
    uint(a, 1) === 4
      ? struct(a.c, value(a), 4, (s) => `[${s.s32(0)}]`)
      : buffer(a.c, value(a), Math.min(uint(a, 1), limits.maxShownBuffer)),
};

/** By level. */
const optionSets: { readonly [level: number]: keyof typeof enums } = {
  0: "sockopt_ip",
  1: "sockopt_socket",
  6: "sockopt_tcp",
  41: "sockopt_ipv6",
};

/** sizeof(struct sockaddr_storage) */
const STORAGE = 128;

export function socketAddress(c: BuiltinHost, pointer: Long, size: number): string {
  if (pointer === 0 || size < 2) return address(pointer);
  const bytes = c.readMemory(pointer, Math.min(size, STORAGE));
  if (!bytes) return address(pointer);
  const s = new Struct(bytes);
  const family = named("sock_family", s.u16(0));
  const rest = members(s, s.u16(0), bytes);
  return `{sa_family=${family}${rest === "" ? "" : `, ${rest}`}}`;
}

function members(s: Struct, family: number, bytes: Uint8Array): string {
  const port = (at: number) => `htons(${((s.u16(at) & 0xff) << 8) | (s.u16(at) >> 8)})`;
  if (family === AF.UNIX) return unixPath(bytes.subarray(2));
  if (family === AF.INET && bytes.length >= 8) {
    return `sin_port=${port(2)}, sin_addr=inet_addr("${[...s.bytes(4, 8)].join(".")}")`;
  }
  if (family === AF.INET6 && bytes.length >= 24) {
    const scope = bytes.length >= 28 ? s.u32(24) : 0;
    const flow = new DataView(bytes.buffer, bytes.byteOffset).getUint32(4);
    const text = inet6(s.bytes(8, 24));
    return `sin6_port=${port(2)}, sin6_flowinfo=htonl(${flow}), inet_pton(AF_INET6, "${text}", &sin6_addr), sin6_scope_id=${scope}`;
  }
  if (family === AF.NETLINK && bytes.length >= 12) {
    const groups = s.u32(8).toString(16);
    return `nl_pid=${s.u32(4)}, nl_groups=${groups === "0" ? "00000000" : `0x${groups.padStart(6, "0")}`}`;
  }
  return bytes.length > 2 ? `sa_data=${quoteBuffer(bytes.subarray(2))}` : "";
}

/** A path ends with a NUL; a name that begins with one is abstract. */
function unixPath(path: Uint8Array): string {
  if (path.length === 0) return "";
  if (path[0] === 0) return `sun_path=@${quoteBuffer(path.subarray(1))}`;
  const end = path.indexOf(0);
  return `sun_path=${quoteBuffer(end < 0 ? path : path.subarray(0, end))}`;
}

/** As inet_ntop: the longest run of two or more zero groups is left out, and IPv4 keeps its dots. */
function inet6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  let best = { from: -1, length: 1 };
  for (let from = 0; from < 8; from++) {
    let length = 0;
    while (from + length < 8 && groups[from + length] === 0) length++;
    if (length > best.length) best = { from, length };
  }
  const dotted = best.from === 0 && (best.length === 6 || (best.length === 5 && groups[5] === 0xffff));
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (dotted) return `::${best.length === 5 ? "ffff:" : ""}${[...bytes.subarray(12)].join(".")}`;
  if (best.from < 0) return text(groups);
  return `${text(groups.slice(0, best.from))}::${text(groups.slice(best.from + best.length))}`;
}

/** struct msghdr of a message that is sent. */
function message(c: BuiltinHost, s: Struct): string {
  const name = socketAddress(c, s.s64(0), s.u32(8));
  const parts = array(c, s.s64(16), Number(s.u64(24)), 16, (part) => {
    return `{iov_base=${buffer(c, part.s64(0), Number(part.u64(8)))}, iov_len=${part.u64(8)}}`;
  });
  const control = s.u64(40) === 0n ? "" : `msg_control=${address(s.s64(32))}, `;
  const vector = `msg_iov=${parts}, msg_iovlen=${s.u64(24)}`;
  return `{msg_name=${name}, msg_namelen=${s.u32(8)}, ${vector}, ${control}msg_controllen=${s.u64(40)}, msg_flags=${flags("msg_flags", s.u32(48))}}`;
}
