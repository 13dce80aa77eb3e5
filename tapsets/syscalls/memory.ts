/** Arguments about memory: mappings, keys of System V objects, and what is passed in them. */
import { address, array, count, type Decoder, flags, hex, int, named, nameOf, uint, value } from "./values.ts";

const IPC_64 = 0x100;
const SHARING = 0xfn;

export const memory: { readonly [kind: string]: Decoder } = {
  ipc_cmd: (a) => named("ipc_cmd", int(a) & ~IPC_64),
  ipc_flags: (a) => withMode("ipc_flags", uint(a)),
  ipc_key: (a) => (int(a) === 0 ? "IPC_PRIVATE" : hex(uint(a))),
  mempolicy_flags: (a) => flags("mempolicy_flags", value(a)),
  mmap_flags: (a) => {
    const all = BigInt.asUintN(64, BigInt(value(a)));
    const sharing = nameOf("mmap_sharing", Number(all & SHARING)) ?? hex(all & SHARING);
    const rest = all & ~SHARING;
    return rest === 0n ? sharing : `${sharing}|${flags("mmap_flags", rest)}`;
  },
  mmap_prot: (a) => flags("mmap_prot", value(a), "PROT_NONE"),
  // Without MREMAP_FIXED or MREMAP_DONTUNMAP nobody looks at it.
  mremap_target: (a) => ((uint(a, -1) & 6) === 0 ? undefined : address(value(a))),
  sembufs: (a) =>
    array(a.c, value(a), count(a, 1), 6, (s) => {
      return `{sem_num=${s.u16(0)}, sem_op=${s.s16(2)}, sem_flg=${semaphoreFlags(s.u16(4))}}`;
    }),
  shmget_flags: (a) => withMode("shmget_flags", uint(a)),
};

const PERMISSIONS = 0o777;

/** Permissions in octal behind the flags. */
function withMode(set: "ipc_flags" | "shmget_flags", number: number): string {
  const rest = (number & ~PERMISSIONS) >>> 0;
  const permissions = number & PERMISSIONS;
  const mode = permissions === 0 ? "000" : `0${permissions.toString(8)}`;
  return rest === 0 ? mode : `${flags(set, rest)}|${mode}`;
}

function semaphoreFlags(number: number): string {
  const names = [...(number & 0x1000 ? ["SEM_UNDO"] : []), ...(number & 0x800 ? ["IPC_NOWAIT"] : [])];
  const rest = number & ~0x1800;
  return [...names, ...(rest === 0 && names.length > 0 ? [] : [hex(rest)])].join("|");
}
