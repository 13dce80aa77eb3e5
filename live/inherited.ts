/**
 * What utap was given by whoever started it, as far as Node has changed it for itself: what a program of -c has to get.
 *
 * Node marks the descriptors that it finds as its own, resets what is done with signals and raises the limit of open
 * files; what was there before has to be inferred. `cli/` asks early, before utap itself opens anything; `spawn.ts`
 * puts it back. Where /proc does not tell, nothing is assumed.
 */
import * as fs from "node:fs";
import { constants } from "node:os";
import { fromBytes, fromText } from "../base/bytestring.ts";

export interface Inherited {
  /** Open ones beyond 0, 1 and 2. */
  readonly descriptors: readonly number[];
  /** Signals that are ignored: nohup, `trap '' INT`. */
  readonly ignored: readonly number[];
}

export const NOTHING_INHERITED: Inherited = { descriptors: [], ignored: [] };

export function readInherited(): Inherited {
  return { descriptors: inheritedDescriptors(openDescriptors()), ignored: [...ignoredSignals()] };
}

/** The environment to the byte, in its order. */
export function readEnvironment(): readonly string[] {
  const bytes = tryRead(() => fs.readFileSync("/proc/self/environ"));
  if (bytes) return fromBytes(bytes).split("\0").slice(0, -1);
  return Object.entries(process.env).map(([name, value]) => fromText(`${name}=${value ?? ""}`));
}

// ---- descriptors ----

export interface OpenDescriptor {
  readonly fd: number;
  /** As readlink tells it. */
  readonly link: string;
}

/**
 * Node begins with an epoll descriptor, and takes the lowest numbers that are free from there on: for more of those, for
 * eventfds and for pipes, both ends of which are its own.
 */
export function inheritedDescriptors(open: readonly OpenDescriptor[]): number[] {
  const first = Math.min(...open.filter(({ link }) => link === "anon_inode:[eventpoll]").map(({ fd }) => fd));
  const isNodes = ({ fd, link }: OpenDescriptor): boolean =>
    fd >= first &&
    (link.startsWith("anon_inode:") ||
      (link.startsWith("pipe:") && open.filter((one) => one.link === link).length > 1));
  return open.filter((one) => one.fd > 2 && !isNodes(one)).map(({ fd }) => fd);
}

function openDescriptors(): OpenDescriptor[] {
  const names = tryRead(() => fs.readdirSync("/proc/self/fd")) ?? [];
  return names.flatMap((name) => {
    const link = tryRead(() => fs.readlinkSync(`/proc/self/fd/${name}`));
    // What readdir used is gone by now.
    return link === undefined ? [] : [{ fd: Number(name), link }];
  });
}

// ---- signals ----

const { SIGHUP, SIGKILL, SIGPIPE, SIGQUIT, SIGSTOP, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ } = constants.signals;

/** Shells and language runtimes ignore these for themselves, not for those that they start. */
const OF_ITS_OWN = new Set<number>([SIGKILL, SIGPIPE, SIGQUIT, SIGSTOP, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ]);

/** What whoever started us ignores, and what nohup made us ignore. */
export function ignoredSignals(): ReadonlySet<number> {
  const status = tryRead(() => fs.readFileSync(`/proc/${process.ppid}/status`, "latin1")) ?? "";
  const mask = Number.parseInt(/^SigIgn:\s*[0-9a-f]{8}([0-9a-f]{8})$/m.exec(status)?.[1] ?? "0", 16);
  const ignored = new Set<number>();
  for (let signal = 1; signal < 32; signal++)
    if ((mask >>> (signal - 1)) & 1 && !OF_ITS_OWN.has(signal)) ignored.add(signal);
  if (isUnderNohup()) ignored.add(SIGHUP);
  return ignored;
}

/** nohup leaves an input that cannot be read; shells name the command in `_`. */
function isUnderNohup(): boolean {
  if (/(^|\/)nohup$/.test(process.env._ ?? "")) return true;
  if (tryRead(() => fs.readlinkSync("/proc/self/fd/0")) !== "/dev/null") return false;
  const flags = /^flags:\s*([0-7]+)$/m.exec(tryRead(() => fs.readFileSync("/proc/self/fdinfo/0", "latin1")) ?? "");
  return (Number.parseInt(flags?.[1] ?? "0", 8) & 3) === fs.constants.O_WRONLY;
}

// ---- limits ----

/** How many files could be open at most where utap was started; undefined when that is not known. */
export function openFilesBefore(): number | undefined {
  const limits = tryRead(() => fs.readFileSync(`/proc/${process.ppid}/limits`, "latin1")) ?? "";
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}

function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
