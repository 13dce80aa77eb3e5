/** The programs of test/fixtures/scripted/twins.c again, in JavaScript, call by call. */
import type { Code, Main, Memory, Step, Sys } from "../../testing/index.ts";
import { SIG } from "../../testing/index.ts";

const CWD = -100;
const RESTART = 0x1000_0000;
const SIGINFO = 4;

type Run = (sys: Sys, memory: Memory) => ReturnType<Main>;

function* waitFor(sys: Sys, memory: Memory, pid: number, options: number): Generator<Step, number, number> {
  const status = memory.alloc(4);
  yield sys.wait4(pid, status, options);
  return memory.i32(status);
}

function* makePipe(sys: Sys, memory: Memory, flags = 0): Generator<Step, [number, number], number> {
  const fds = memory.alloc(8);
  yield sys.pipe2(fds, flags);
  return [memory.i32(fds), memory.i32(fds + 4)];
}

const onSignal: Code = function* (sys, _memory, number) {
  yield sys.write(1, number === SIG.SIGUSR1 ? "usr1" : "alrm", 4);
};

function interrupted(flags: number): Run {
  return function* (sys, memory) {
    yield sys.rt_sigaction(SIG.SIGALRM, [onSignal, flags, 0], 0, 8);
    const [input, output] = yield* makePipe(sys, memory);
    yield sys.setitimer(0, [0, 0, 0, 5000], 0);
    if (flags !== 0) {
      yield sys.fork(function* (sys) {
        yield sys.nanosleep([0, 20_000_000], 0);
        yield sys.write(output, "x", 1);
      });
    }
    return (yield sys.read(input, memory.alloc(64), 64)) === 1;
  };
}

export const twins: { readonly [name: string]: Run } = {
  *files(sys, memory) {
    const buffer = memory.alloc(64);
    const fd = yield sys.openat(CWD, "/tmp/new", 0o102, 0o644);
    yield sys.write(fd, "hello, world", 12);
    yield sys.lseek(fd, 7, 0);
    yield sys.read(fd, buffer, 64);
    yield sys.dup3(fd, 9, 0);
    yield sys.close(fd);
    yield sys.close(9);
    yield sys.unlinkat(CWD, "/tmp/new", 0);
    return yield sys.write(1, buffer, 5);
  },
  *errors(sys) {
    yield sys.openat(CWD, "/nowhere/at/all", 0, 0);
    yield sys.close(77);
    yield sys.read(0, 8, 4);
    yield sys.write(1, null, 4);
    yield sys.wait4(-1, 0, 0, 0);
    yield sys.kill(999999, 0);
    yield sys.mkdirat(CWD, "/tmp", 0o755);
    return -(yield sys.openat(CWD, 0, 0, 0));
  },
  *pipes(sys, memory) {
    const [input, output] = yield* makePipe(sys, memory);
    const pid = yield sys.fork(function* (sys) {
      yield sys.close(input);
      yield sys.write(output, "from the child", 14);
      return 4;
    });
    yield sys.close(output);
    yield sys.read(input, memory.alloc(64), 64);
    yield sys.read(input, memory.alloc(64), 64);
    return (yield* waitFor(sys, memory, pid, 0)) >> 8;
  },
  *threads(sys, memory) {
    const word = memory.alloc(4);
    const stack = yield sys.mmap(0, 16384, 3, 0x22, -1, 0);
    for (let i = 0; i < 2; i++) {
      memory.setU32(word, 0);
      yield sys.thread(function* (sys, memory) {
        yield sys.gettid();
        memory.setU32(word, 1);
        yield sys.futex(word, 129, 1);
      }, stack + 16384);
      yield sys.futex(word, 128, 0, 0);
    }
    yield sys.nanosleep([0, 1_000_000], 0);
    yield sys.munmap(stack, 16384);
  },
  *signals(sys) {
    const mask = [1 << (SIG.SIGUSR1 - 1)];
    yield sys.rt_sigaction(SIG.SIGUSR1, [onSignal, 0, 0], 0, 8);
    const pid = yield sys.getpid();
    yield sys.kill(pid, SIG.SIGUSR1);
    yield sys.rt_sigprocmask(0, mask, 0, 8);
    yield sys.kill(pid, SIG.SIGUSR1);
    yield sys.rt_sigprocmask(1, mask, 0, 8);
    yield sys.rt_sigaction(SIG.SIGUSR1, [1, 0, 0], 0, 8);
    yield sys.kill(pid, SIG.SIGUSR1);
  },
  eintr: interrupted(0),
  restart: interrupted(RESTART),
  *memory(sys, memory) {
    const page = yield sys.mmap(0, 8192, 3, 0x22, -1, 0);
    memory.setU8(page + 4096, "m".charCodeAt(0));
    yield sys.write(1, page + 4096, 1);
    yield sys.mprotect(page, 4096, 1);
    yield sys.read(0, page, 1);
    yield sys.munmap(page, 8192);
    return -(yield sys.write(1, page, 1));
  },
  *kills(sys, memory) {
    let status = 0;
    for (const signal of [SIG.SIGTERM, SIG.SIGKILL]) {
      const pid = yield sys.fork(function* (sys) {
        return yield sys.nanosleep([100, 0], 0);
      });
      yield sys.sched_yield();
      yield sys.kill(pid, signal);
      status = yield* waitFor(sys, memory, pid, 0);
    }
    return status;
  },
  *orphan(sys, memory) {
    const pid = yield sys.fork(function* (sys) {
      yield sys.fork(function* (sys) {
        yield sys.nanosleep([0, 2_000_000], 0);
        yield sys.getppid();
        return 9;
      });
      return 1;
    });
    yield* waitFor(sys, memory, pid, 0);
    yield sys.nanosleep([0, 5_000_000], 0);
  },
  *stops(sys, memory) {
    const pid = yield sys.fork(function* (sys) {
      yield sys.kill(yield sys.getpid(), SIG.SIGSTOP);
      return 3;
    });
    yield* waitFor(sys, memory, pid, 2);
    yield sys.kill(pid, SIG.SIGCONT);
    yield* waitFor(sys, memory, pid, 8);
    return (yield* waitFor(sys, memory, pid, 0)) >> 8;
  },
  *segv(sys, memory) {
    // biome-ignore lint/correctness/useYield: it dies before
    const pid = yield sys.fork(function* (_sys, memory) {
      memory.setU32(16, 1);
    });
    return (yield* waitFor(sys, memory, pid, 0)) & 127;
  },
  *execs(sys, memory) {
    const pid = yield sys.fork(function* (sys) {
      yield sys.execve("/missing", ["next", "leaf", null], ["A=b", null]);
      yield sys.execve("/next", ["next", "leaf", null], ["A=b", null]);
    });
    return (yield* waitFor(sys, memory, pid, 0)) >> 8;
  },
  *leaf(sys) {
    yield sys.write(1, "leaf\n", 5);
    return 6;
  },
  *sleeps(sys) {
    yield sys.nanosleep([1, 500_000_000], 0);
    yield sys.clock_nanosleep(1, 0, [1, 500_000_000], 0);
    return -(yield sys.nanosleep([1, -1], 0));
  },
  *groups(sys, memory) {
    yield sys.setpgid(0, 0);
    const pid = yield sys.fork(function* (sys) {
      yield sys.setsid();
      yield sys.prctl(15, "renamed");
      return (yield sys.getpgid(0)) === (yield sys.getpid());
    });
    return (yield* waitFor(sys, memory, pid, 0)) >> 8;
  },
  *filter(sys, memory) {
    const [[in0, in1], [out0, out1]] = [yield* makePipe(sys, memory), yield* makePipe(sys, memory, 0o2000000)];
    const pid = yield sys.fork(function* (sys) {
      yield sys.dup3(in0, 0, 0);
      yield sys.dup3(out1, 1, 0);
      yield sys.close(in0);
      yield sys.close(in1);
      yield sys.execve("/next", ["next", "upper", null], [null]);
      return 98;
    });
    yield sys.close(in0);
    yield sys.close(out1);
    yield sys.write(in1, "one ", 4);
    yield sys.write(in1, "two\n", 4);
    yield sys.close(in1);
    const buffer = memory.alloc(64);
    for (let n: number; (n = yield sys.read(out0, buffer, 64)) > 0; ) yield sys.write(1, buffer, n);
    return (yield* waitFor(sys, memory, pid, 0)) >> 8;
  },
  *upper(sys, memory) {
    const buffer = memory.alloc(64);
    let all = 0;
    for (let n: number; (n = yield sys.read(0, buffer, 3)) > 0; all += n) {
      const text = memory.read(buffer, n).map((byte) => (byte >= 97 && byte <= 122 ? byte - 32 : byte));
      memory.write(buffer, text);
      yield sys.write(1, buffer, n);
    }
    return all;
  },
  *nested(sys) {
    const raising: Code = function* (sys, memory, number, info) {
      yield sys.write(1, number === SIG.SIGUSR1 ? "<1" : "<2", 2);
      if (number === SIG.SIGUSR1) yield sys.kill(yield sys.getpid(), SIG.SIGUSR2);
      yield sys.getpid();
      yield sys.write(1, memory.i32(info) === SIG.SIGUSR1 ? "1>" : "2>", 2);
    };
    yield sys.rt_sigaction(SIG.SIGUSR2, [raising, SIGINFO, 0], 0, 8);
    yield sys.rt_sigaction(SIG.SIGUSR1, [raising, SIGINFO, 1 << (SIG.SIGUSR2 - 1)], 0, 8);
    yield sys.kill(yield sys.getpid(), SIG.SIGUSR1);
    yield sys.rt_sigaction(SIG.SIGUSR1, [raising, SIGINFO, 0], 0, 8);
    yield sys.kill(yield sys.getpid(), SIG.SIGUSR1);
  },
  *suspend(sys) {
    const blocked = [1 << (SIG.SIGUSR1 - 1)];
    yield sys.rt_sigaction(SIG.SIGUSR1, [onSignal, 0, 0], 0, 8);
    yield sys.rt_sigprocmask(0, blocked, 0, 8);
    const parent = yield sys.getpid();
    yield sys.fork(function* (sys) {
      for (let i = 0; i < 2; i++) {
        yield sys.nanosleep([0, 2_000_000], 0);
        yield sys.kill(parent, SIG.SIGUSR1);
      }
    });
    yield sys.rt_sigtimedwait(blocked, 0, [0, 1_000_000], 8);
    yield sys.rt_sigsuspend([0], 8);
    const got = yield sys.rt_sigtimedwait(blocked, 0, 0, 8);
    yield sys.wait4(-1, 0, 0, 0);
    return got;
  },
  *resets(sys, memory) {
    const pid = yield sys.fork(function* (sys) {
      yield sys.rt_sigaction(SIG.SIGUSR1, [onSignal, 0x8000_0000, 0], 0, 8);
      const self = yield sys.getpid();
      yield sys.kill(self, SIG.SIGUSR1);
      yield sys.kill(self, SIG.SIGUSR1);
    });
    return (yield* waitFor(sys, memory, pid, 0)) & 127;
  },
  *directed(sys, memory) {
    const word = memory.alloc(4);
    const stack = yield sys.mmap(0, 16384, 3, 0x22, -1, 0);
    yield sys.rt_sigaction(SIG.SIGUSR1, [onSignal, 0, 0], 0, 8);
    yield sys.thread(function* (sys, memory) {
      memory.setU32(word, yield sys.gettid());
      yield sys.nanosleep([0, 100_000_000], 0);
      yield sys.futex(word, 129, 1);
    }, stack + 16384);
    yield sys.nanosleep([0, 5_000_000], 0);
    const tid = memory.u32(word);
    yield sys.tgkill(yield sys.getpid(), tid, SIG.SIGUSR1);
    yield sys.futex(word, 128, tid, 0);
    yield sys.nanosleep([0, 1_000_000], 0);
    return (yield sys.tgkill(yield sys.getpid(), tid, SIG.SIGUSR1)) !== -3;
  },
  *vforks(sys, memory) {
    const word = memory.alloc(4);
    const stack = yield sys.mmap(0, 16384, 3, 0x22, -1, 0);
    const pid = yield sys.clone(0x4100 | SIG.SIGCHLD, stack + 16384, 0, 0, 0, function* (sys, memory) {
      memory.setU32(word, 1);
      yield sys.execve("/next", ["next", "leaf", null], [null]);
    });
    return ((yield* waitFor(sys, memory, pid, 0)) >> 8) + memory.u32(word);
  },
};

export const main: Main = function* (sys, memory, argv) {
  const run = twins[argv[1] ?? ""];
  return run ? yield* run(sys, memory) : 99;
};
