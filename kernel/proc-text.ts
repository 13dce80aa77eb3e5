/**
 * The texts of /proc that say what Linux' say, in its formats: of a process or a thread, and of the system.
 *
 * `proc-source.ts` hands them to `files/procfs.ts`, one row a file. Times are the virtual clock's, in ticks of 10 ms; what the
 * model does not count is 0.
 */
import { fromBytes } from "../base/bytestring.ts";
import { limits } from "../base/limits.ts";
import { pathOf } from "./files/walk.ts";
import type { Machine } from "./machine.ts";
import { PAGE_SIZE } from "./memory/frames.ts";
import type { Process } from "./process/process.ts";
import type { Task } from "./process/task.ts";
import { cpuList } from "./scheduling/cpus.ts";
import { rankOf } from "./scheduling/schedule.ts";

const NS_PER_TICK = 1e7;
const INFINITE = 0xffff_ffff_ffff_ffffn;

// biome-ignore format: table
/** Of a thread; those of a process are its leader's. */
export const taskTexts: { readonly [name: string]: (t: Task) => string } = {
  auxv:    (t) => fromBytes(t.process.auxv),
  cmdline: (t) => t.process.zombie ? "" : t.process.argv.map((word) => `${word}\0`).join(""),
  comm:    (t) => `${t.execname}\n`,
  environ: (t) => t.process.environment.map((word) => `${word}\0`).join(""),
  limits:  (t) => limitsText(t.process),
  maps:    (t) => t.mm.areas().map(mapsLine).join(""),
  mounts:  (t) => mountsText(t.machine),
  mountinfo: (t) => mountInfoText(t.machine),
  stat:    statText,
  statm:   (t) => { const p = pagesOf(t.process); return `${p} ${p} 0 0 0 0 0\n`; },
  status:  statusText,
};

// biome-ignore format: table
export const systemTexts: { readonly [name: string]: (m: Machine) => string } = {
  cpuinfo:     (m) => m.scheduler.cpus.all.map(({ number }) => `processor\t: ${number}\nhart\t\t: ${number}\nisa\t\t: rv64imafdc\nmmu\t\t: sv39\n\n`).join(""),
  filesystems: () => "nodev\tproc\nnodev\tramfs\nnodev\tdevtmpfs\nnodev\toverlay\nnodev\tpipefs\nnodev\tsockfs\n",
  loadavg:     (m) => `0.00 0.00 0.00 ${m.tasks().filter((t) => t.state === "running").length}/${m.tasks().length} ${lastPid(m)}\n`,
  meminfo:     meminfoText,
  mounts:      mountsText,
  stat:        systemStatText,
  uptime:      (m) => { const s = (m.clock.monotonicNs() / 1e9).toFixed(2); return `${s} 0.00\n`; },
  version:     () => "Linux version 6.6.0 (utap) #1 SMP\n",
};

/** A line of /proc/PID/maps. */
function mapsLine(area: ReturnType<Task["mm"]["areas"]>[number]): string {
  const bits = `${area.readable ? "r" : "-"}${area.writable ? "w" : "-"}${area.executable ? "x" : "-"}${area.shared ? "s" : "p"}`;
  const offset = (area.file ? area.offset : 0).toString(16).padStart(8, "0");
  const hex = (address: number): string => address.toString(16).padStart(8, "0");
  const line = `${hex(area.start)}-${hex(area.end)} ${bits} ${offset} 00:00 ${area.file?.ino ?? 0} `;
  const name = mapsName(area);
  return name === undefined ? `${line}\n` : `${line.padEnd(73)}${name}\n`;
}

function mapsName({ file, shared, name }: ReturnType<Task["mm"]["areas"]>[number]): string | undefined {
  if (!file) return name ?? (shared && "/dev/zero (deleted)");
  return file.deleted && !file.path.endsWith(" (deleted)") ? `${file.path} (deleted)` : file.path;
}

// biome-ignore format: table
const stateNames = {
  running: ["R", "running"], sleeping: ["S", "sleeping"], stopped: ["T", "stopped"], "tracing-stop": ["t", "tracing stop"],
  zombie: ["Z", "zombie"], dead: ["X", "dead"],
} as const;

function ticks(ns: number): number {
  return Math.floor(ns / NS_PER_TICK);
}

function pagesOf(p: Process): number {
  if (p.zombie) return 0;
  return p.mm.areas().reduce((sum, area) => sum + (area.end - area.start) / PAGE_SIZE, 0);
}

/** The 52 fields of proc_pid_stat(5). */
function statText(t: Task): string {
  const p = t.process;
  const { terminal } = p;
  const pages = pagesOf(p);
  const cpu = ticks(t === p.leader ? p.cpuNs() : t.usedNs);
  const { nice, policy } = t.scheduling;
  const rank = rankOf(t.scheduling);
  const low = (mask: bigint): bigint => mask & 0x7fff_ffffn;
  // biome-ignore format: as proc_pid_stat(5) groups them
  const fields = [
    t.tid, `(${t.execname})`, stateNames[t.state][0], t.ppid, p.pgid, p.sid,
    terminal?.device ?? 0, terminal?.foreground ?? -1, 0, 0, 0, 0, 0,
    cpu, 0, ticks(p.childrenNs), 0, rank > 0 ? -1 - rank : 20 + nice, nice, aliveThreads(p).length, 0, ticks(t.startTime),
    pages * PAGE_SIZE, pages, INFINITE, 0, 0, 0, 0, 0,
    low(t.pending.mask), low(t.blocked), low(ignored(p)), low(caught(p)), 0, 0, 0, p.exitSignal, t.cpu,
    rank, policy, 0, 0, 0, 0, 0, p.heap.start, 0, 0, 0, 0, p.zombie ? p.exitCode : 0,
  ];
  return `${fields.join(" ")}\n`;
}

/** With the line that the utrace patches add: the events that somebody wants of the thread. */
function statusText(t: Task): string {
  const p = t.process;
  const { uid, euid, suid, gid, egid, sgid, groups } = p.credentials;
  const [letter, word] = stateNames[t.state];
  const hex = (mask: bigint): string => mask.toString(16).padStart(16, "0");
  const kilobytes = (pagesOf(p) * PAGE_SIZE) / 1024;
  // biome-ignore format: table
  const lines: readonly (readonly [string, string | number | false])[] = [
    ["Name",       t.execname],
    ["Umask",      p.fs.umask.toString(8).padStart(4, "0")],
    ["State",      `${letter} (${word})`],
    ["Tgid",       p.pid],
    ["Ngid",       0],
    ["Pid",        t.tid],
    ["PPid",       t.ppid],
    ["TracerPid",  0],
    ["Utrace",     t.wanted.toString(16)],
    ["Uid",        [uid, euid, suid, euid].join("\t")],
    ["Gid",        [gid, egid, sgid, egid].join("\t")],
    ["FDSize",     p.zombie ? 0 : p.files.size],
    ["Groups",     `${groups.join(" ")} `],
    ["NSsid",      p.sid],
    ["VmSize",     !p.zombie && `${String(kilobytes).padStart(8)} kB`],
    ["VmRSS",      !p.zombie && `${String(kilobytes).padStart(8)} kB`],
    ["Threads",    aliveThreads(p).length],
    ["SigPnd",     hex(t.pending.mask)],
    ["ShdPnd",     hex(p.pending.mask)],
    ["SigBlk",     hex(t.blocked)],
    ["SigIgn",     hex(ignored(p))],
    ["SigCgt",     hex(caught(p))],
    ["Cpus_allowed", cpusAllowed(t).toString(16)],
    ["Cpus_allowed_list", cpuList(cpusAllowed(t))],
  ];
  return lines.flatMap(([name, value]) => (value === false ? [] : [`${name}:\t${value}\n`])).join("");
}

function cpusAllowed(t: Task): number {
  return t.scheduling.affinity ?? t.machine.scheduler.cpus.mask;
}

function aliveThreads(p: Process): readonly Task[] {
  const alive = p.threads.filter((t) => t.life === "alive");
  return alive.length > 0 ? alive : [p.leader];
}

const NSIG = 64;

function maskOf(p: Process, wanted: (handler: number) => boolean): bigint {
  let mask = 0n;
  for (let signal = 1; signal <= NSIG; signal++) {
    if (wanted(p.handlers.get(signal).handler)) mask |= 1n << BigInt(signal - 1);
  }
  return mask;
}

const ignored = (p: Process): bigint => maskOf(p, (handler) => handler === 1);
const caught = (p: Process): bigint => maskOf(p, (handler) => handler > 1);

// biome-ignore format: table
/** By resource number; the order of the lines is that of the numbers. */
const limitRows: readonly (readonly [name: string, unit: string])[] = [
  ["Max cpu time",          "seconds"],
  ["Max file size",         "bytes"],
  ["Max data size",         "bytes"],
  ["Max stack size",        "bytes"],
  ["Max core file size",    "bytes"],
  ["Max resident set",      "bytes"],
  ["Max processes",         "processes"],
  ["Max open files",        "files"],
  ["Max locked memory",     "bytes"],
  ["Max address space",     "bytes"],
  ["Max file locks",        "locks"],
  ["Max pending signals",   "signals"],
  ["Max msgqueue size",     "bytes"],
  ["Max nice priority",     ""],
  ["Max realtime priority", ""],
  ["Max realtime timeout",  "us"],
];

function limitsText(p: Process): string {
  const cell = (value: bigint): string => (value === INFINITE ? "unlimited" : String(value)).padEnd(20);
  const head = `${"Limit".padEnd(25)} ${"Soft Limit".padEnd(20)} ${"Hard Limit".padEnd(20)} ${"Units".padEnd(10)}\n`;
  const lines = limitRows.map(([name, unit], i) => {
    const { soft, hard } = p.resourceLimits[i]!;
    return `${name.padEnd(25)} ${cell(soft)} ${cell(hard)} ${unit.padEnd(10)}\n`;
  });
  return head + lines.join("");
}

function mountsText(m: Machine): string {
  return mountsOf(m)
    .map(({ path, type }) => `${type} ${path} ${type} rw,noatime 0 0\n`)
    .join("");
}

/** As mounts, with a number for each and for the one that it is in. */
function mountInfoText(m: Machine): string {
  const mounts = mountsOf(m);
  const ids = new Map(mounts.map(({ path }, i) => [path, i + 1]));
  const lines = mounts.map(({ path, type, dev }) => {
    let above = path;
    do above = above.slice(0, above.lastIndexOf("/")) || "/";
    while (!ids.has(above));
    const parent = path === "/" ? 0 : ids.get(above);
    return `${ids.get(path)} ${parent} ${dev >>> 8}:${dev & 0xff} / ${path} rw,noatime - ${type} ${type} rw\n`;
  });
  return lines.join("");
}

function mountsOf({ vfs }: Machine): { readonly path: string; readonly type: string; readonly dev: number }[] {
  return [vfs.root, ...vfs.mounts].map((root) => ({ path: pathOf(root) ?? "/", type: root.sb.type, dev: root.sb.dev }));
}

function meminfoText(m: Machine): string {
  const total = (limits.maxFrames * PAGE_SIZE) / 1024;
  const free = ((limits.maxFrames - m.frames.used) * PAGE_SIZE) / 1024;
  // biome-ignore format: table
  const rows = [
    ["MemTotal", total], ["MemFree", free], ["MemAvailable", free], ["Buffers", 0], ["Cached", 0], ["Shmem", 0],
    ["SReclaimable", 0], ["SwapTotal", 0], ["SwapFree", 0],
  ] as const;
  return rows.map(([name, kB]) => `${`${name}:`.padEnd(15)} ${String(kB).padStart(8)} kB\n`).join("");
}

function systemStatText(m: Machine): string {
  const now = m.clock.monotonicNs();
  const { all } = m.scheduler.cpus;
  const busyNs = all.reduce((sum, cpu) => sum + cpu.busyNs, 0);
  const line = (name: string, busy: number, time: number): string =>
    `${name} ${ticks(busy)} 0 0 ${Math.max(0, ticks(time) - ticks(busy))} 0 0 0 0 0 0\n`;
  const lines = all.map((cpu) => line(`cpu${cpu.number}`, cpu.busyNs, now));
  const cpus = line("cpu ", busyNs, all.length * now) + lines.join("");
  const boot = m.clock.epochNs / 1_000_000_000n;
  const running = m.tasks().filter((t) => t.state === "running").length;
  return `${cpus}intr 0\nctxt 0\nbtime ${boot}\nprocesses ${lastPid(m)}\nprocs_running ${running}\nprocs_blocked 0\n`;
}

function lastPid(m: Machine): number {
  return Math.max(0, ...m.processes.keys());
}
