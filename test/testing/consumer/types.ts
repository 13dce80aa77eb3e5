// What TypeScript must say of a user's program: nothing, where it is right, and a mistake where there is one.
import {
  type Code,
  ERRNO,
  type Main,
  MemoryFault,
  type Outcome,
  probe,
  ScriptError,
  SIG,
  type Value,
} from "utap/testing";

const code: Code = function* (sys, memory, n) {
  const fd = yield sys.openat(-100, "/etc/passwd", 0, 0);
  const exact: number = fd + n;
  yield sys.writev(1, ["text", 4, new Uint8Array(2), 2], 2);
  // @ts-expect-error: there is no such call
  yield sys.opennat(-100);
  // @ts-expect-error: undefined is no argument
  yield sys.close(undefined);
  const value: Value = { members: [1, "two", { three: 3n }] };
  memory.set(memory.alloc(16), "struct s", value);
  const name: string = memory.get<string>(exact, "char[8]");
  return name.length === 0 ? -ERRNO.ENOENT : SIG.SIGUSR1;
};

const main: Main = function* (sys, memory, argv) {
  const first: string | undefined = argv[0];
  yield sys.call(code, memory.string(first ?? ""));
  yield sys.fork(function* (own) {
    yield own.exit_group(3);
  });
};

// @ts-expect-error: a step is yielded, not a number
const noStep: Main = function* () {
  yield 5;
};

const outcome: Outcome = probe("probe begin { exit() }", { program: main, files: { "/a": "text" }, options: ["-g"] });
const status: number = outcome.status;
// @ts-expect-error: a program is needed
probe("probe begin { exit() }", {});
// @ts-expect-error: there is no such number
const wrong: number = ERRNO.ENOTHING + status;

export { MemoryFault, noStep, ScriptError, wrong };
