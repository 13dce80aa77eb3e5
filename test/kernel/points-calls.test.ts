/** System calls and what they run, as the events and functions of the kernel tell them; expected beside each case. */
import { describe, expect, test } from "vitest";
import type { Code } from "../../kernel/scripted/program.ts";
import { RESUME, UTRACE_EVENT } from "../../target/events.ts";
import { SIG } from "../../target/signals.ts";
import { startModel } from "../../testing/start-model.ts";
import { hooks, MAIN, trace } from "./points-kit.ts";

const CHILD = MAIN + 1;
const SA_RESTART = 0x1000_0000;

const handler: Code = function* (sys) {
  yield sys.getpid();
};

describe("entry and exit", () => {
  test("numbers, arguments, results; a call that never returns has no exit", () => {
    const lines = trace(
      function* (sys) {
        yield sys.lseek(-1, 8, 2);
        yield sys.umask(0o22, 0, 0);
        yield sys.syscall(4000, 1, -1, 0);
        return 5;
      },
      [
        "sys_enter id args",
        "sys_exit id ret",
        "sys_enter_lseek __syscall_nr fd offset whence",
        "sys_exit_lseek __syscall_nr ret",
        "->__do_sys_lseek fd offset whence",
        "<-__do_sys_lseek fd return",
        "->__do_sys_exit_group error_code",
        "<-__do_sys_exit_group return",
        "sys_exit_exit_group ret",
      ],
    );
    const minusOne = 2n ** 64n - 1n;
    // The registers that were given; the end of the program gives but one.
    const rest = (line: string): string =>
      line.replace(line.includes("id=94") ? /(args=\[[^,]*).*/ : /(args=\[[^,]*,[^,]*,[^,]*).*/, "$1");
    expect(lines.map(rest)).toEqual([
      // 62 of riscv64. The raw event has the registers; those of the call have its types: an fd is an int. EBADF is 9.
      `${MAIN}: sys_enter id=62 args=[${minusOne},8,2`,
      `${MAIN}: sys_enter_lseek __syscall_nr=62 fd=-1 offset=8 whence=2`,
      `${MAIN}: ->__do_sys_lseek fd=-1 offset=8 whence=2`,
      `${MAIN}: <-__do_sys_lseek fd=-1 return=-9`,
      `${MAIN}: sys_exit id=62 ret=-9`,
      `${MAIN}: sys_exit_lseek __syscall_nr=62 ret=-9`,
      `${MAIN}: sys_enter id=166 args=[18,0,0`,
      `${MAIN}: sys_exit id=166 ret=18`,
      // A number that no call has: ENOSYS is 38.
      `${MAIN}: sys_enter id=4000 args=[1,${minusOne},0`,
      `${MAIN}: sys_exit id=4000 ret=-38`,
      `${MAIN}: sys_enter id=94 args=[5`,
      `${MAIN}: ->__do_sys_exit_group error_code=5`,
    ]);
  });

  test("what is defined under another name", () => {
    const lines = trace(
      function* (sys, memory) {
        const buffer = memory.alloc(512);
        yield sys.uname(buffer);
        yield sys.fstat(0, buffer);
        yield sys.newfstatat(-100, "/", buffer, 0);
        return 0;
      },
      ["sys_enter_newuname", "->__do_sys_newuname", "sys_enter_newfstat fd", "sys_exit_newfstatat ret"],
    );
    expect(lines).toEqual([
      `${MAIN}: sys_enter_newuname`,
      `${MAIN}: ->__do_sys_newuname`,
      `${MAIN}: sys_enter_newfstat fd=0`,
      `${MAIN}: sys_exit_newfstatat ret=0`,
    ]);
  });

  test("a tracer at the entry: what it makes of the call is what enters, and what it forbids never does", () => {
    const seen = (answer: object): readonly string[] => {
      const { model } = startModel({
        program: function* (sys) {
          yield sys.getpid();
          return 0;
        },
      });
      model.main!.wanted = UTRACE_EVENT.SYSCALL_ENTRY | UTRACE_EVENT.SYSCALL_EXIT;
      const lines: string[] = [];
      const watch = (kind: "trace" | "call", name: string, show: (value: (of: string) => unknown) => string): void =>
        void model.watchKernel!({ kind, name }, (event) =>
          lines.push(`${name} ${show((of) => event.value(of))}`.trim()),
        );
      watch("trace", "raw_syscalls:sys_enter", (value) => `${value("id")}`);
      watch("call", "__do_sys_getpid", () => "");
      watch("call", "__do_sys_getppid", () => "");
      watch("trace", "raw_syscalls:sys_exit", (value) => `${value("id")} ${value("ret")}`);
      model.run({
        ...hooks,
        event: (event) => {
          if (event.kind === "syscall_exit" && event.nr !== 94) lines.push(`reported ${event.retval}`);
          return event.kind === "syscall_entry" && event.nr === 172 ? { ...RESUME, ...answer } : RESUME;
        },
      });
      return lines.slice(0, lines.indexOf("raw_syscalls:sys_enter 94"));
    };
    // getppid is 173, and gives 1: init. The tracepoint of the exit comes before the tracer's report of it.
    expect(seen({ nr: 173 })).toEqual([
      "raw_syscalls:sys_enter 173",
      "__do_sys_getppid",
      "raw_syscalls:sys_exit 173 1",
      "reported 1",
    ]);
    expect(seen({ abortSyscall: true, retval: 42n })).toEqual(["raw_syscalls:sys_exit 172 42", "reported 42"]);
  });
});

describe("calls that wait", () => {
  test("vfs_read is called once and returns once, whatever happens in between", () => {
    const lines = trace(
      function* (sys, memory) {
        const pair = memory.alloc(16);
        yield sys.pipe2(pair, 0);
        const [reader, writer] = [memory.i32(pair), memory.i32(pair + 4)];
        const child = yield sys.fork(function* (s) {
          for (let i = 0; i < 3; i++) yield s.sched_yield();
          yield s.write(writer, "hello", 5);
          yield s.exit(0);
        });
        yield sys.read(reader, memory.alloc(16), 10);
        yield sys.wait4(child, 0, 0, 0);
        return 0;
      },
      [
        "->__do_sys_read fd count",
        "->vfs_read file->f_path->dentry->d_iname count",
        "<-vfs_read count return",
        "<-__do_sys_read return",
        "->vfs_write file->f_flags count",
        "<-vfs_write return",
        "->copy_to_user n from",
      ],
    );
    expect(lines).toEqual([
      `${MAIN}: ->copy_to_user n=8 from=\x03\0\0\0\x04\0\0\0`,
      `${MAIN}: ->__do_sys_read fd=3 count=10`,
      expect.stringMatching(new RegExp(`^${MAIN}: ->vfs_read file->f_path->dentry->d_iname=pipe:\\[\\d+\\] count=10$`)),
      // O_WRONLY is 1.
      `${CHILD}: ->vfs_write file->f_flags=1 count=5`,
      `${CHILD}: <-vfs_write return=5`,
      `${MAIN}: ->copy_to_user n=5 from=hello`,
      `${MAIN}: <-vfs_read count=10 return=5`,
      `${MAIN}: <-__do_sys_read return=5`,
    ]);
  });

  test("a signal ends the call, and everything in it returns; then it is called again", () => {
    const lines = trace(
      function* (sys, memory) {
        const pair = memory.alloc(16);
        yield sys.pipe2(pair, 0);
        const [reader, writer] = [memory.i32(pair), memory.i32(pair + 4)];
        yield sys.rt_sigaction(SIG.SIGUSR1!, [handler, SA_RESTART, 0], 0, 8);
        const parent = yield sys.getpid();
        yield sys.fork(function* (s) {
          yield s.kill(parent, SIG.SIGUSR1!);
          yield s.sched_yield();
          yield s.write(writer, "x", 1);
          yield s.exit(0);
        });
        yield sys.read(reader, pair, 1);
        return 0;
      },
      [
        "sys_enter_read",
        "->__do_sys_read",
        "->vfs_read",
        "<-vfs_read return",
        "<-__do_sys_read return",
        "sys_exit_read ret",
        "->handle_signal ksig->sig",
      ],
    );
    expect(lines).toEqual([
      `${MAIN}: sys_enter_read`,
      `${MAIN}: ->__do_sys_read`,
      `${MAIN}: ->vfs_read`,
      // ERESTARTSYS is 512: what SA_RESTART makes a new call of.
      `${MAIN}: <-vfs_read return=-512`,
      `${MAIN}: <-__do_sys_read return=-512`,
      `${MAIN}: sys_exit_read ret=-512`,
      `${MAIN}: ->handle_signal ksig->sig=10`,
      `${MAIN}: sys_enter_read`,
      `${MAIN}: ->__do_sys_read`,
      `${MAIN}: ->vfs_read`,
      `${MAIN}: <-vfs_read return=1`,
      `${MAIN}: <-__do_sys_read return=1`,
      `${MAIN}: sys_exit_read ret=1`,
    ]);
  });

  test("who begins to listen during a call hears of its next entry, not of its return", () => {
    const { model } = startModel({
      program: function* (sys) {
        yield sys.nanosleep([0, 1000], 0);
        yield sys.nanosleep([0, 1000], 0);
        return 0;
      },
    });
    const lines: string[] = [];
    const name = "__do_sys_nanosleep";
    const stop = model.watchKernel!({ kind: "trace", name: "sched:sched_switch" }, ({ task }) => {
      if (task !== model.main || lines.length > 0) return;
      lines.push("asleep");
      model.watchKernel!({ kind: "call", name }, () => lines.push("call"));
      model.watchKernel!({ kind: "return", name }, () => lines.push("return"));
    });
    model.run(hooks);
    stop();
    expect(lines).toEqual(["asleep", "call", "return"]);
  });
});

test("copies: what goes over the boundary, and strings", () => {
  const lines = trace(
    function* (sys, memory) {
      const buffer = memory.alloc(32);
      yield sys.openat(-100, "/data", 0, 0);
      yield sys.pread64(3, buffer, 4, 2);
      yield sys.write(1, buffer, 4);
      yield sys.openat(-100, 8, 0, 0);
      return 0;
    },
    [
      "->strncpy_from_user count",
      "<-strncpy_from_user dst return",
      "->copy_to_user from n",
      "<-copy_to_user to return",
      "->copy_from_user n",
      "<-copy_from_user to return",
      "->vfs_read file->f_pos file->f_inode->i_size file->f_path->dentry->d_name->name",
    ],
    { files: { "/data": "0123456789" } },
  );
  const to = /to=(\d+) return/.exec(lines.join("\n"))?.[1];
  expect(lines).toEqual([
    // PATH_MAX with its NUL; the length is without it.
    `${MAIN}: ->strncpy_from_user count=4096`,
    `${MAIN}: <-strncpy_from_user dst=/data return=5`,
    `${MAIN}: ->vfs_read file->f_pos=0 file->f_inode->i_size=10 file->f_path->dentry->d_name->name=data`,
    `${MAIN}: ->copy_to_user from=2345 n=4`,
    `${MAIN}: <-copy_to_user to=${to} return=0`,
    `${MAIN}: ->copy_from_user n=4`,
    `${MAIN}: <-copy_from_user to=2345 return=0`,
    // Nothing is mapped at 8, so nothing was copied.
  ]);
});
