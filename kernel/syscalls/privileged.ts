/**
 * Calls that change the machine: EPERM, as for a user without capabilities, and for root of a container.
 *
 * The model has one set of mounts, names and clocks, which its owner chooses and no program changes.
 */
import { ERRNO } from "../../target/errno.ts";
import type { SyscallTable } from "../syscall-context.ts";

// biome-ignore format: table
export const privilegedCalls = [
  "acct", "bpf", "clock_settime", "delete_module", "finit_module", "fsconfig", "fsmount", "fsopen", "fspick", "init_module",
  "kexec_file_load", "kexec_load", "lookup_dcookie", "mount", "mount_setattr", "move_mount", "open_by_handle_at", "open_tree",
  "perf_event_open", "pivot_root", "quotactl", "quotactl_fd", "reboot", "setdomainname", "sethostname", "setns", "settimeofday",
  "swapoff", "swapon", "syslog", "umount2", "vhangup",
] as const;

export const privileged: SyscallTable = Object.fromEntries(privilegedCalls.map((name) => [name, () => -ERRNO.EPERM]));
