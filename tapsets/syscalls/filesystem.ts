/** Arguments about files: how they are opened, what is done with them, and the structs that say so. */
import {
  type Argument,
  address,
  array,
  bitNumbers,
  buffer,
  count,
  type Decoder,
  flags,
  hex,
  int,
  named,
  nameOf,
  type Struct,
  struct,
  uint,
  value,
} from "./values.ts";

const O_ACCMODE = 3;
const O_CREAT = 0o100;
const O_TMPFILE = 0o20200000;
const S_IFMT = 0o170000;
const AT_STATX_SYNC_TYPE = 0x6000;

const statxSync = ["AT_STATX_SYNC_AS_STAT", "AT_STATX_FORCE_SYNC", "AT_STATX_DONT_SYNC", "AT_STATX_SYNC_TYPE"];

const accessModes = ["O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"];

export const filesystem: { readonly [kind: string]: Decoder } = {
  access_mode: (a) => flags("access_mode", uint(a), "F_OK"),
  buffer: (a) => buffer(a.c, value(a), count(a, 1)),
  creat_mode: (a) => (createsFile(uint(a, -1)) ? mode(uint(a)) : undefined),
  dirfd: (a) => (int(a) === -100 ? "AT_FDCWD" : String(int(a))),
  epoll_event: (a) => {
    // Packed on x86-64.
    const data = a.c.arch === "x86_64" ? 4 : 8;
    return struct(a.c, value(a), data + 8, (s) => {
      const events = flags("epoll_events", s.u32(0));
      return `{events=${events}, data={u32=${s.u32(data)}, u64=${s.u64(data)}}}`;
    });
  },
  fcntl_arg: (a) => fcntlArgument(a),
  fd_set: (a) => fdSet(a),
  fd_set_at: (a) => fdSet(a),
  flock: (a) => flags("flock", uint(a)),
  iovec: (a) => array(a.c, value(a), count(a, 1), 16, (s) => `{iov_base=${address(s.s64(0))}, iov_len=${s.u64(8)}}`),
  iovec_in: (a) =>
    array(a.c, value(a), count(a, 1), 16, (s) => {
      return `{iov_base=${buffer(a.c, s.s64(0), Number(s.u64(8)))}, iov_len=${s.u64(8)}}`;
    }),
  ioctl: (a) => nameOf("ioctl", uint(a)) ?? hex(uint(a)),
  long_at: (a) => struct(a.c, value(a), 8, (s) => `[${s.s64(0)}]`),
  // Only special files have one.
  mknod_dev: (a) => {
    const type = nameOf("file_type", uint(a, -1) & S_IFMT);
    return type === "S_IFCHR" || type === "S_IFBLK" ? device(uint(a)) : undefined;
  },
  mknod_mode: (a) => {
    const type = uint(a) & S_IFMT;
    const name = type === 0 ? undefined : nameOf("file_type", type);
    return name === undefined ? mode(uint(a)) : `${name}|${mode(uint(a) & ~S_IFMT)}`;
  },
  mode: (a) => mode(uint(a)),
  open_flags: (a) => openFlags(uint(a)),
  open_how: (a) =>
    struct(a.c, value(a), 24, (s) => {
      const opened = Number(s.u64(0) & 0xffffffffn);
      const created = createsFile(opened) ? `, mode=${mode(Number(s.u64(8)))}` : "";
      return `{flags=${openFlags(opened)}${created}, resolve=${flags("resolve_flags", s.s64(16))}}`;
    }),
  pollfds: (a) =>
    array(a.c, value(a), uint(a, 1), 8, (s) => {
      const fd = s.s32(0);
      return `{fd=${fd}${fd < 0 ? "" : `, events=${flags("poll_events", s.u16(4))}`}}`;
    }),
  quota_cmd: (a) => {
    const sub = (uint(a) >>> 8) << 8;
    return `QCMD(${nameOf("quota_sub", sub) ?? hex(sub)}, ${named("quota_type", uint(a) & 0xff)})`;
  },
  statx_flags: (a) => {
    const sync = statxSync[(uint(a) & AT_STATX_SYNC_TYPE) >>> 13] ?? "";
    const rest = (uint(a) & ~AT_STATX_SYNC_TYPE) >>> 0;
    return rest === 0 ? sync : `${sync}|${flags("at_flags", rest)}`;
  },
  xattr_value: (a) => buffer(a.c, value(a), count(a, 1)),
};

export function openFlags(number: number): string {
  const access = accessModes[number & O_ACCMODE] ?? "";
  const rest = (number & ~O_ACCMODE) >>> 0;
  return rest === 0 ? access : `${access}|${flags("open_flags", rest)}`;
}

function createsFile(opened: number): boolean {
  return (opened & O_CREAT) !== 0 || (opened & O_TMPFILE) === O_TMPFILE;
}

/** At least three digits, a zero in front. */
export function mode(number: number): string {
  return (number === 0 ? "0" : `0${number.toString(8)}`).padStart(3, "0");
}

/** As the kernel packs the numbers of a device. */
function device(number: number): string {
  const [major, minor] = [(number >>> 8) & 0xfff, (number & 0xff) | ((number >>> 12) & 0xfff00)];
  return `makedev(${hex(major)}, ${hex(minor)})`;
}

/** F_*: which commands have what for an argument. */
const fcntl: { readonly [command: number]: (a: Argument) => string | undefined } = {
  0: (a) => String(int(a)),
  1: () => undefined,
  2: (a) => ((uint(a) & 1) === 0 ? hex(uint(a)) : "FD_CLOEXEC"),
  3: () => undefined,
  4: (a) => openFlags(uint(a)),
  5: (a) => lock(a),
  6: (a) => lock(a),
  7: (a) => lock(a),
  8: (a) => String(int(a)),
  9: () => undefined,
  10: (a) => (int(a) === 0 ? "0" : a.c.signalName(int(a))),
  11: () => undefined,
  36: (a) => lock(a),
  37: (a) => lock(a),
  38: (a) => lock(a),
  1025: () => undefined,
  1030: (a) => String(int(a)),
  1031: (a) => String(int(a)),
  1032: () => undefined,
  1033: (a) => flags("seals", uint(a)),
  1034: () => undefined,
};

function fcntlArgument(a: Argument): string | undefined {
  const decode = fcntl[int(a, -1)];
  return decode ? decode(a) : hex(value(a));
}

/** struct flock */
function lock(a: Argument): string {
  return struct(a.c, value(a), 32, (s: Struct) => {
    const type = named("lock_type", s.s16(0));
    const whence = named("whence", s.s16(2));
    return `{l_type=${type}, l_whence=${whence}, l_start=${s.s64(8)}, l_len=${s.s64(16)}}`;
  });
}

const FD_SETSIZE = 1024;

/** The numbers in the set, of which the first argument of the call says how many there can be. */
function fdSet(a: Argument): string {
  const size = Math.min(Math.max(int({ ...a, at: 0 }), 0), FD_SETSIZE);
  return bitNumbers(a, value(a), Math.ceil(size / 64) * 8, size);
}
