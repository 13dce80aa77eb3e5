/**
 * Why a process cannot be traced, and what to do about it: rows over the facts of `attach-facts.ts`.
 *
 * Called when PTRACE_SEIZE has failed, with its errno, and before it with errno 0, because a 32-bit program can be
 * seized and yet not be traced. A pure function: the first row that holds explains. Linux gives EPERM for nearly
 * everything (ptrace(2), "Ptrace access mode checking"), so the rows stand in the order in which Linux asks.
 */
import { ERRNO, findErrno } from "../target/errno.ts";
import type { AttachFacts, OwnFacts } from "./attach-facts.ts";

export interface Explanation {
  /** A name for the reason: stable, for tests and --json. */
  readonly reason: Reason;
  readonly message: string;
  /** What the user can do, each a sentence; commands are written as they are typed. */
  readonly hints: readonly string[];
}

export type Reason = (typeof rows)[number]["reason"] | "unknown";

/** Undefined: as far as the facts go it can be traced (errno 0 only). */
export function explainAttach(errno: number, facts: AttachFacts): Explanation | undefined {
  const row = rows.find(({ when }) => when(facts, errno));
  if (row) {
    const { message, hints } = row.say(facts);
    return { reason: row.reason, message: `process ${facts.pid} cannot be traced: ${message}`, hints };
  }
  if (errno === 0) return undefined;
  return {
    reason: "unknown",
    message: `process ${facts.pid} cannot be traced: Linux says ${nameOf(errno)}`,
    hints: ["utap doctor looks at what this machine allows"],
  };
}

/** Why this machine lets nothing be traced that utap starts itself: an errno of seizing a new child. */
export function explainLaunch(errno: number, own: OwnFacts): Explanation {
  const child: AttachFacts = {
    pid: 0,
    exists: true,
    own,
    kernelThread: false,
    dumpable: true,
    leftOver: false,
    descendant: true,
  };
  const found = rows.find(({ reason, when }) => ofTheMachine.has(reason) && when(child, errno));
  const { message, hints } = found?.say(child) ?? { message: `Linux says ${nameOf(errno)}`, hints: [] };
  return { reason: found?.reason ?? "unknown", message, hints };
}

interface Row<R extends string> {
  readonly reason: R;
  readonly when: (facts: AttachFacts, errno: number) => boolean;
  readonly say: (facts: AttachFacts) => { readonly message: string; readonly hints: readonly string[] };
}

/** Reasons that have nothing to do with which process it is. */
const ofTheMachine: ReadonlySet<string> = new Set(["no-ptrace", "yama-off", "yama-admin", "selinux", "container"]);

function nameOf(errno: number): string {
  const row = findErrno(errno);
  return row ? `${row.name} (${row.message})` : `error ${errno}`;
}

const CAP_SYS_PTRACE = 19n;

/** The sysctl that Yama's check reads, and the way to lower it. */
const YAMA = "kernel.yama.ptrace_scope";

const isDenial = (errno: number): boolean => errno === ERRNO.EPERM || errno === ERRNO.EACCES;

export function mayTraceAnybody(capabilities: bigint): boolean {
  return ((capabilities >> CAP_SYS_PTRACE) & 1n) === 1n;
}

function denied(condition: (facts: AttachFacts) => boolean): (facts: AttachFacts, errno: number) => boolean {
  return (facts, errno) => isDenial(errno) && condition(facts);
}

const withoutRight = (condition: (facts: AttachFacts) => boolean): ((facts: AttachFacts, errno: number) => boolean) =>
  denied((facts) => !mayTraceAnybody(facts.own.capabilities) && condition(facts));

const asRoot = ({ pid }: AttachFacts): string => `become root: sudo utap ${pid === 0 ? "" : `-x ${pid} `}…`;

const rows = [
  row(
    "no-process",
    ({ exists }, errno) => !exists || errno === ERRNO.ESRCH,
    ({ own }) => ({
      message: "there is no such process",
      hints: [
        "pgrep -a NAME finds the processes of a program",
        ...(own.inContainer ? ["only the processes of this container have numbers here"] : []),
      ],
    }),
  ),
  row(
    "hidden",
    ({ exists, status }) => exists && !status,
    (facts) => ({ message: "/proc does not show it (it is mounted with hidepid)", hints: [asRoot(facts)] }),
  ),
  row(
    "self",
    ({ pid, own, status }) => pid === own.pid || status?.tgid === own.pid,
    () => ({ message: "it is utap itself", hints: ["give the number of another process"] }),
  ),
  row(
    "kernel-thread",
    ({ kernelThread }) => kernelThread,
    ({ status }) => ({
      message: `${status?.name ?? ""} is a thread of the kernel and runs no program`,
      hints: ["give the number of a process that ps shows without brackets"],
    }),
  ),
  row(
    "zombie",
    ({ status }) => status?.state === "zombie" || status?.state === "dead",
    ({ status }) => ({
      message: `${status?.name ?? ""} has ended, and its parent ${status?.ppid ?? ""} has not taken notice yet`,
      hints: ["give the number of a process that lives"],
    }),
  ),
  row(
    "traced",
    ({ status }) => status !== undefined && status.tracer !== 0,
    ({ status, tracerName }) => ({
      message: `${tracerName ?? "another process"} (process ${status?.tracer ?? ""}) traces it already, and there can be only one`,
      hints: [`let that one go first: kill -INT ${status?.tracer ?? ""}`],
    }),
  ),
  row(
    "thread",
    ({ status, pid }) => status !== undefined && status.tgid !== pid,
    ({ pid, status }) => ({
      message: `${pid} is one thread of process ${status?.tgid ?? ""}`,
      hints: [`trace the process: -x ${status?.tgid ?? ""}`],
    }),
  ),
  row(
    "left-over",
    ({ leftOver }) => leftOver,
    ({ pid }) => ({
      message: "a utap that was killed has left its breakpoints in it",
      hints: [`take them out first: utap cleanup ${pid}`],
    }),
  ),
  row(
    "32-bit",
    ({ program }) => program?.bits === 32,
    ({ program, own }) => ({
      message: `${program?.path ?? "it"} is a 32-bit program`,
      hints: [`only 64-bit programs can be traced; compile it for ${own.architecture} (gcc -m64)`],
    }),
  ),
  row(
    "architecture",
    ({ program, own }) => program !== undefined && program.machine !== own.elfMachine,
    ({ program, own }) => ({
      message: `${program?.path ?? "it"} is a program for another machine than this one (${own.architecture})`,
      hints: ["the kernel model runs riscv64 programs: utap … -c 'PROGRAM ARGS'"],
    }),
  ),
  row(
    "no-ptrace",
    (_, errno) => errno === ERRNO.ENOSYS,
    () => ({
      message: "there is no ptrace here; a sandbox (gVisor, a seccomp profile) has taken it away",
      hints: [
        "start the container with: docker run --security-opt seccomp=unconfined --cap-add SYS_PTRACE …",
        "the kernel model needs nothing of the kind: utap … -c PROGRAM with a riscv64 program",
      ],
    }),
  ),
  row(
    "yama-off",
    denied(({ own }) => own.yama === 3),
    () => ({
      message: `this machine lets nobody trace (${YAMA} is 3)`,
      hints: [`set ${YAMA}=1 in /etc/sysctl.d and restart the machine; a running one cannot go back from 3`],
    }),
  ),
  row(
    "other-user",
    withoutRight(({ status, own }) => {
      const sameUser = status?.uid.slice(0, 3).every((id) => id === own.uid) ?? true;
      const sameGroup = status?.gid.slice(0, 3).every((id) => id === own.gid) ?? true;
      return !(sameUser && sameGroup);
    }),
    (facts) => {
      const { status, own } = facts;
      const setid = status !== undefined && new Set(status.uid.slice(0, 3)).size > 1;
      const user = status?.uid[1] ?? 0;
      return {
        message: setid
          ? `it has changed its user (real ${status.uid[0]}, effective ${status.uid[1]})`
          : user === own.uid
            ? `it runs with another group (${status?.gid[1] ?? ""}) than utap (${own.gid})`
            : `it belongs to user ${user}, and utap runs as user ${own.uid}`,
        hints: [
          asRoot(facts),
          ...(setid || user === 0 || user === own.uid
            ? []
            : [`or that user: sudo -u '#${user}' utap -x ${facts.pid} …`]),
        ],
      };
    },
  ),
  row(
    "more-capabilities",
    withoutRight(({ status, own }) => ((status?.permittedCapabilities ?? 0n) & ~own.permittedCapabilities) !== 0n),
    (facts) => ({
      message: `${facts.program?.path ?? "it"} has capabilities that utap has not (setcap)`,
      hints: [asRoot(facts)],
    }),
  ),
  row(
    "not-dumpable",
    withoutRight(({ dumpable }) => !dumpable),
    (facts) => ({
      message: facts.program?.setid
        ? `${facts.program.path} is set-user-ID or set-group-ID`
        : "it does not let itself be observed (prctl PR_SET_DUMPABLE, a program file that cannot be read, or a change of user)",
      hints: [asRoot(facts), "or start it under utap, without its privileges: utap … -c PROGRAM"],
    }),
  ),
  row(
    "user-namespace",
    denied(({ namespace, own }) => namespace !== undefined && namespace !== own.namespace),
    ({ pid }) => ({
      message: "it lives in another user namespace (a container)",
      hints: [`run utap as root outside of all containers, or inside of that one: nsenter -U -m -p -t ${pid} utap …`],
    }),
  ),
  row(
    "yama-admin",
    withoutRight(({ own }) => own.yama === 2),
    (facts) => ({
      message: `this machine lets only administrators trace (${YAMA} is 2)`,
      hints: [asRoot(facts), `or allow it until the next start: sudo sysctl ${YAMA}=${facts.descendant ? 1 : 0}`],
    }),
  ),
  row(
    "yama-descendants",
    withoutRight(({ own, descendant }) => own.yama === 1 && !descendant),
    (facts) => ({
      message: `this machine lets a process trace only what it has started (${YAMA} is 1)`,
      hints: [
        "start the program under utap: utap … -c PROGRAM",
        `or allow it until the next start: sudo sysctl ${YAMA}=0`,
        `or ${asRoot(facts)}`,
      ],
    }),
  ),
  row(
    "selinux",
    denied(({ own }) => own.selinuxDeniesPtrace),
    () => ({ message: "SELinux forbids ptrace (deny_ptrace)", hints: ["allow it: sudo setsebool deny_ptrace off"] }),
  ),
  row(
    "container",
    // With the right to trace anybody, only a filter is left that takes the call away.
    denied(({ own }) => own.seccomp === 2 || (own.inContainer && !mayTraceAnybody(own.capabilities))),
    () => ({
      message: "the container (its seccomp profile or its capabilities) forbids ptrace",
      hints: ["start it with: docker run --cap-add SYS_PTRACE --security-opt seccomp=unconfined …"],
    }),
  ),
] as const satisfies readonly Row<string>[];

function row<const R extends string>(reason: R, when: Row<R>["when"], say: Row<R>["say"]): Row<R> {
  return { reason, when, say };
}
