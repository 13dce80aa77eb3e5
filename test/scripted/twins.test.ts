/**
 * JavaScript processes beside ELF ones: each program of twins.c and its twin of twins.ts give the same output, exit
 * status, events of the target and log of a script that probes whatever there is. The oracle is the ELF program.
 *
 * Addresses are another matter of course, and are masked; so is the run time.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RESUME, type TaskEvent, UTRACE_EVENT } from "../../target/events.ts";
import { findSyscallByNumber } from "../../target/syscalls.ts";
import type { Task } from "../../target/target.ts";
import { probe } from "../../testing/index.ts";
import type { WorldOptions } from "../../testing/options.ts";
import { startModel } from "../../testing/start-model.ts";
import { main, twins } from "./twins.ts";

const elf = readFileSync(join(import.meta.dirname, "../fixtures/scripted/twins"));
const SCRIPT = `
  probe syscall.* { printf("%d %d %s %s(%s)\\n", pid(), tid(), execname(), name, argstr) }
  probe syscall.*.return { printf("%d %s = %s\\n", tid(), name, retstr) }
  probe process.begin { printf("begin %d %d %s %s\\n", pid(), ppid(), execname(), cmdline_str()) }
  probe process.end { printf("end %d\\n", pid()) }
  probe process.thread.begin, process.thread.end { printf("%s %d\\n", pp(), tid()) }
`;

type Kind = "elf" | "js";

/** The program, and what it calls execve for. */
function programs(name: string, first: Kind, next: Kind = first): WorldOptions {
  const kinds = { "/twins": first, "/next": next };
  const ofKind = <T>(wanted: Kind, content: T): { [path: string]: T } =>
    Object.fromEntries(Object.entries(kinds).flatMap(([path, kind]) => (kind === wanted ? [[path, content]] : [])));
  const files = { programs: ofKind("js", { main }), executables: ofKind("elf", elf) };
  return { ...files, program: "/twins", argv: ["/twins", name], uid: 0, gid: 0 };
}

/** Every event of every task. */
function events(options: WorldOptions): readonly string[] {
  const { model, output } = startModel(options);
  const log: string[] = [];
  const every = Object.values(UTRACE_EVENT).reduce((all, bit) => all | bit, 0);
  const watch = (task: Task): void => void (task.wanted = every & ~UTRACE_EVENT.MAP);
  if (model.main) watch(model.main);
  const note = (event: TaskEvent): string => {
    switch (event.kind) {
      case "syscall_entry":
        return `${findSyscallByNumber("riscv64", event.nr)?.name} pc ${instructionBefore(event.task)} a7 ${event.task.readRegister(17)}`;
      case "syscall_exit":
        return `${event.nr} ${event.retval > 0x1_0000n ? "address" : event.retval}`;
      case "clone":
        watch(event.child);
        return `${event.child.tid} ${event.thread} ${event.sharesMemory}`;
      case "exit":
      case "death":
        return `${event.code}`;
      case "signal":
        return `${event.signal} ${event.code}`;
      case "jctl":
        return `${event.signal}`;
      case "exec":
        return event.path;
      default:
        return "";
    }
  };
  const result = model.run({
    event: (event) => {
      if (event.kind === "map" || event.kind === "unmap") return RESUME;
      const { task } = event;
      log.push(`${event.kind} ${task.pid}/${task.tid} ${task.execname} ${task.state} ${note(event)}`);
      return RESUME;
    },
    nextTimer: () => Number.POSITIVE_INFINITY,
    timer: () => {},
    poll: () => "run",
  });
  return [...log, JSON.stringify(result), output.out];
}

/** The call's own instruction is where it is for every program: right before pc. */
function instructionBefore(task: Task): string {
  const bytes = task.mm.read(task.pc - 4, 4);
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString("hex") : "unreadable";
}

const masked = (text: string): string => text.replaceAll(/0x[0-9a-f]{5,}/g, "ADDRESS");

describe.each(Object.keys(twins))("%s", (name) => {
  test("the same events", () => {
    const [real, scripted] = [events(programs(name, "elf")), events(programs(name, "js"))];
    expect(scripted).toEqual(real);
    expect(real.length).toBeGreaterThan(5);
  });

  test("the same for a script", () => {
    const [real, scripted] = [probe(SCRIPT, programs(name, "elf")), probe(SCRIPT, programs(name, "js"))];
    expect(masked(scripted.out)).toBe(masked(real.out));
    expect([scripted.err, scripted.status]).toEqual([real.err, real.status]);
    expect(real.status).not.toBe(99);
  });
});

describe.each(["execs", "filter", "vforks"])("%s, of both kinds", (name) => {
  test.each([
    ["elf", "js"],
    ["js", "elf"],
  ] as const)("%s runs %s: the same events", (first, next) => {
    expect(events(programs(name, first, next))).toEqual(events(programs(name, "elf")));
  });
});
