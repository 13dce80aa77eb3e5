/** The programs of the contract suites again, in JavaScript: test/fixtures/contract/contract.c and utrace/tasks.c. */
import type { Body, Main, Memory, ScriptedProgram, Step, Sys } from "../../testing/index.ts";
import { SIG } from "../../testing/index.ts";

const SI_QUEUE = -1;
const SA_SIGINFO = 4;

type Mode = (sys: Sys, memory: Memory, argv: readonly string[]) => Body;

function pick(modes: { readonly [name: string]: Mode }): Main {
  return function* (sys, memory, argv) {
    const mode = modes[argv[1] ?? ""];
    return mode ? yield* mode(sys, memory, argv) : 64;
  };
}

function* waitFor(sys: Sys, memory: Memory, pid: number, options: number): Generator<Step, number, number> {
  const status = memory.alloc(4);
  yield sys.wait4(pid, status, options);
  return memory.i32(status);
}

function* pause(sys: Sys, ms: number): Generator<Step, number, number> {
  return yield sys.nanosleep([Math.floor(ms / 1000), (ms % 1000) * 1_000_000], 0);
}

// ---- contract.c ----

const sharedWord = (memory: Memory): number => memory.get(memory.variable("shared_word"), "int");

function handledSignal(): Mode {
  return function* (sys, memory) {
    const handled = memory.variable("handled");
    yield sys.rt_sigaction(
      SIG.SIGUSR1,
      [
        // biome-ignore lint/correctness/useYield: it has nothing to ask for
        function* (_sys: Sys, memory: Memory, signal = 0) {
          memory.set(handled, "int", signal);
        },
        0,
        0,
      ],
      0,
      8,
    );
    yield sys.kill(yield sys.getpid(), SIG.SIGUSR1);
    return memory.get(handled, "int");
  };
}

export const contract: ScriptedProgram = {
  declarations: `
    struct pair { int first; long second; };
    int shared_word, handled;
    long target_function(int a, struct pair *p);
    long outer_function(int n);
  `,
  functions: {
    // biome-ignore lint/correctness/useYield: it has nothing to ask for
    *target_function(_sys, memory, a, p) {
      memory.set(memory.variable("shared_word"), "int", sharedWord(memory) + a);
      return sharedWord(memory) + memory.get<{ second: number }>(p, "struct pair").second;
    },
    *outer_function(sys, memory, n) {
      const p = memory.make("struct pair", { first: n, second: 100 + n });
      const result = yield sys.call("target_function", n, p);
      return n > 0 ? result + (yield sys.call("outer_function", n - 1)) : result;
    },
  },
  *main(sys, memory, argv, envp) {
    memory.set(memory.variable("shared_word"), "int", 7);
    return yield* pick({
      // biome-ignore lint/correctness/useYield: it has nothing to ask for
      *exit() {
        return Number(argv[2]);
      },
      *hello(sys) {
        yield sys.write(1, "hello\n", 6);
        return 3;
      },
      *fork(sys, memory) {
        const pid = yield sys.fork(function* (sys, memory) {
          memory.set(memory.variable("shared_word"), "int", 1);
          yield sys.write(1, "child\n", 6);
          return yield sys.call("target_function", 4, memory.make("struct pair", { first: 1, second: 2 }));
        });
        const status = yield* waitFor(sys, memory, pid, 0);
        yield sys.write(1, "parent\n", 7);
        return ((status >> 8) & 255) + (sharedWord(memory) === 7 ? 10 : 0);
      },
      *exec(sys) {
        yield sys.execve(argv[0] ?? "", [argv[0] ?? "", "exit", "5", null], [...envp, null]);
        return 99;
      },
      signal: handledSignal(),
      *calls(sys) {
        return (yield sys.call("outer_function", Number(argv[2]))) & 127;
      },
      *sleep(sys) {
        yield* pause(sys, Number(argv[2]));
        return 0;
      },
      // biome-ignore lint/correctness/useYield: it has nothing to ask for
      *fault(_sys, memory) {
        memory.setU32(8, 1);
      },
      *spin(sys) {
        yield sys.work(Number(argv[2]) * 5000);
        return 0;
      },
    })(sys, memory, argv, envp);
  },
};

// ---- tasks.c ----

export const tasks: ScriptedProgram = {
  declarations: "int handled, told; char stack[16384];",
  main: pick({
    // biome-ignore lint/correctness/useYield: it has nothing to ask for
    *exit() {
      return 5;
    },
    *write(sys) {
      return yield sys.write(1, "hello\n", 6);
    },
    *wait(sys) {
      return -(yield* pause(sys, 1_000_000));
    },
    *nap(sys) {
      return -(yield* pause(sys, 50));
    },
    *pid(sys) {
      return (yield sys.getppid()) === (yield sys.getpid());
    },
    *signal(sys, memory) {
      const [handled, told] = [memory.variable("handled"), memory.variable("told")];
      // biome-ignore lint/correctness/useYield: it has nothing to ask for
      const handler = function* (_sys: Sys, memory: Memory, signal = 0, info = 0): Body {
        memory.set(handled, "int", signal);
        memory.set(told, "int", memory.i32(info + 24)); // si_value
      };
      for (const signal of [10, 12]) yield sys.rt_sigaction(signal, [handler, SA_SIGINFO, 0], 0, 8);
      const info = memory.make("int[32]", [10, 0, SI_QUEUE, 0, 0, 0, 77]);
      yield sys.rt_sigqueueinfo(yield sys.getpid(), 10, info);
      return memory.get(handled, "int") + memory.get(told, "int");
    },
    *stop(sys, memory) {
      const child = yield sys.fork(function* (sys) {
        yield sys.kill(yield sys.getpid(), SIG.SIGSTOP);
        return 5;
      });
      const stopped = yield* waitFor(sys, memory, child, 2);
      yield* pause(sys, 50);
      yield sys.kill(child, SIG.SIGCONT);
      const status = yield* waitFor(sys, memory, child, 0);
      return (stopped === 0x137f ? 10 : 0) + (status >> 8);
    },
    *kill(sys, memory) {
      const child = yield sys.fork(function* (sys) {
        yield* pause(sys, 1_000_000);
        return 5;
      });
      yield* pause(sys, 50);
      yield sys.kill(child, SIG.SIGKILL);
      return yield* waitFor(sys, memory, child, 0);
    },
    *exec(sys, memory, [self = ""]) {
      yield sys.thread(function* (sys) {
        yield sys.execve(self, [self, "exit", null], [null]);
        return 99;
      }, memory.variable("stack") + 16384);
      yield* pause(sys, 1_000_000);
      return 98;
    },
    *spin(sys) {
      yield sys.work(1_500_000);
      return 0;
    },
  }),
};
