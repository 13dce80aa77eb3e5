/**
 * What live tracing needs of a machine, one function a check: `utap doctor` runs them all and prints the answers.
 *
 * A check looks at the real thing where it can: it traces a program, reads its memory. "fail" means that live tracing
 * does not work, "warn" that something of it does not; "info" is good to know. Checks never throw.
 */
import * as fs from "node:fs";
import { release } from "node:os";
import { mayTraceAnybody } from "../attach-errors.ts";
import { type OwnFacts, readNumber } from "../attach-facts.ts";
import { hostMachine } from "../machines/machines.ts";
import { readProcFile } from "../proc.ts";

export interface Check {
  readonly name: string;
  readonly status: "ok" | "info" | "warn" | "fail";
  readonly found: string;
  /** What makes it better, commands as they are typed. */
  readonly remedies: readonly string[];
}

/** Those that look at files; the ones that trace are in `trial.ts`, because they need the C library. */
export function checkMachine(own: OwnFacts): Check[] {
  return [architecture(own), kernel(), proc(own), yama(own), privileges(own), sandbox(own), seccompFilters(), limits()];
}

/** What is not needed: faster ways to trace that the machine would allow, and debug information of its libraries. */
export function checkExtras(own: OwnFacts): Check[] {
  return [perfEvents(own), bpf(own), tracefs(), debugFiles()];
}

function check(name: string, status: Check["status"], found: string, ...remedies: string[]): Check {
  return { name, status, found, remedies };
}

function architecture({ architecture }: OwnFacts): Check {
  const found = `${architecture} ${process.platform}`;
  return process.platform === "linux" && hostMachine
    ? check("architecture", "ok", found)
    : check("architecture", "fail", `${found}: live tracing is for x86_64 Linux`, MODEL);
}

const MODEL = "trace riscv64 programs in the kernel model instead: utap … -c PROGRAM";

/** PTRACE_GET_SYSCALL_INFO came with 5.3. */
const KERNEL = [5, 3] as const;

function kernel(): Check {
  const version = release();
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  const isEnough = major > KERNEL[0] || (major === KERNEL[0] && minor >= KERNEL[1]);
  return isEnough
    ? check("kernel", "ok", version)
    : check("kernel", "fail", `${version}, and ${KERNEL.join(".")} is needed`, "upgrade the kernel");
}

function proc(own: OwnFacts): Check {
  if (readProcFile(own.pid, "stat") === undefined)
    return check("/proc", "fail", "is not mounted", "sudo mount -t proc proc /proc");
  const hidepid = /^\S+ \/proc proc \S*\bhidepid=(\w+)/m.exec(readProcFile(own.pid, "mounts") ?? "")?.[1];
  if (hidepid === undefined || hidepid === "0" || hidepid === "off" || own.uid === 0)
    return check("/proc", "ok", "is mounted");
  return check(
    "/proc",
    "warn",
    `shows only processes of your own (hidepid=${hidepid})`,
    "sudo mount -o remount,hidepid=0 /proc",
  );
}

function yama({ yama, capabilities }: OwnFacts): Check {
  const name = "ptrace_scope";
  if (yama === undefined) return check(name, "ok", "no Yama: your own processes can be traced");
  if (yama === 0) return check(name, "ok", "0: your own processes can be traced");
  if (yama >= 3)
    return check(
      name,
      "fail",
      `${yama}: nobody can trace`,
      "set kernel.yama.ptrace_scope=1 in /etc/sysctl.d and restart the machine",
    );
  if (mayTraceAnybody(capabilities)) return check(name, "ok", `${yama}, and you are an administrator`);
  const lower = "sudo sysctl kernel.yama.ptrace_scope=0";
  return yama === 1
    ? check(name, "warn", "1: -c works, -x PID does not", lower)
    : check(name, "fail", `${yama}: only administrators can trace`, lower, "or run utap with sudo");
}

function privileges({ uid, capabilities }: OwnFacts): Check {
  return mayTraceAnybody(capabilities)
    ? check("privileges", "ok", `user ${uid} with CAP_SYS_PTRACE: processes of every user`)
    : check("privileges", "ok", `user ${uid}: processes of your own`);
}

function sandbox({ seccomp, inContainer, noNewPrivileges }: OwnFacts): Check {
  const found = [
    ...(inContainer ? ["in a container"] : []),
    ...(seccomp === 0 ? [] : ["utap itself runs under a seccomp filter"]),
    ...(noNewPrivileges ? ["no_new_privs: set-user-ID programs get no privileges"] : []),
  ];
  return check("sandbox", found.length === 0 ? "ok" : "info", found.join("; ") || "none");
}

function seccompFilters(): Check {
  const actions = readText("/proc/sys/kernel/seccomp/actions_avail");
  if (/\btrace\b/.test(actions)) return check("seccomp", "ok", "filters can stop a program for its tracer");
  return check(
    "seccomp",
    "warn",
    "no filters: every system call stops, so tracing some is as dear as tracing all",
    "use a kernel with CONFIG_SECCOMP_FILTER",
  );
}

/** A descriptor for each traced process, and some. */
const FILES = 1024;

function limits(): Check {
  const files = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readProcFile(process.pid, "limits") ?? "");
  const [, , hard = "unlimited"] = files ?? [];
  return hard === "unlimited" || Number(hard) >= FILES
    ? check("open files", "ok", `up to ${hard}`)
    : check("open files", "warn", `up to ${hard}: each traced process takes one`, `ulimit -Hn ${FILES}`);
}

function perfEvents({ uid }: OwnFacts): Check {
  const level = readNumber("/proc/sys/kernel/perf_event_paranoid");
  if (level === undefined) return check("perf events", "info", "the kernel has none");
  return check(
    "perf events",
    "info",
    `perf_event_paranoid is ${level}${uid === 0 || level < 2 ? "" : ": for administrators only"}`,
  );
}

function bpf({ uid }: OwnFacts): Check {
  const disabled = readNumber("/proc/sys/kernel/unprivileged_bpf_disabled");
  const btf = fs.existsSync("/sys/kernel/btf/vmlinux") ? "with BTF" : "without BTF";
  return check(
    "bpf",
    "info",
    uid === 0 ? `for you, ${btf}` : disabled === 0 ? `for everybody, ${btf}` : "for administrators only",
  );
}

function tracefs(): Check {
  const path = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"].find((folder) => isReadable(`${folder}/events`));
  return check("tracefs", "info", path ?? "not mounted, or not for you");
}

function debugFiles(): Check {
  const folders = ["/usr/lib/debug/.build-id", "/usr/lib/debug"].filter((folder) => isReadable(folder));
  return folders.length > 0
    ? check("debug files", "ok", `separate ones in ${folders[0]}`)
    : check(
        "debug files",
        "info",
        "none for the libraries of the system: functions of programs with -g still work",
        "Debian: sudo apt install libc6-dbg",
        "Fedora: sudo dnf debuginfo-install glibc",
      );
}

function isReadable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

function readText(path: string): string {
  try {
    return fs.readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
