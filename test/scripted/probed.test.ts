/**
 * Scripts on programs that declare what they have: parameters, results, variables, types, marks and stacks, as of a
 * program that was compiled with debug information. What is expected follows from the program.
 */
import { describe, expect, test } from "vitest";
import { probe, type ScriptedProgram, SIG } from "../../testing/index.ts";

const server: ScriptedProgram = {
  declarations: `
    typedef struct { size_t len; unsigned char *data; } str_t;
    enum method { GET = 2, POST = 8 };
    struct request {
      str_t uri;
      enum method method;
      const char *host;
      struct request *parent;
      unsigned keepalive : 1, count : 16;
      int codes[4];
    };
    int served;
    struct { long hits; char name[8]; } cache;
    int process_request(struct request *r, signed char depth);
    void idle(void);
    char *pick(unsigned long a, int b, int c, int d, int e, int f, int g, short h);
  `,
  marks: { done: ["char *", "int", "unsigned char"], "kernelish:tick": [] },
  functions: {
    *process_request(sys, memory, r, depth) {
      const served = memory.variable("served");
      memory.set(served, "int", memory.get(served, "int") + 1);
      if (depth === 0)
        yield sys.call("process_request", memory.get<{ parent: number }>(r, "struct request").parent, -1);
      yield sys.mark("done", "text", -5, 300);
      yield sys.mark("kernelish:tick");
      return depth === 0 ? 200 : 404;
    },
    // biome-ignore lint/correctness/useYield: it has nothing to ask for
    *pick(_sys, memory, ...args) {
      return memory.string(args.join(" "));
    },
  },
  *main(sys, memory) {
    const request = {
      uri: { len: 6, data: "/index" },
      method: "POST",
      host: "example.org",
      parent: { host: "outer", codes: [7] },
      keepalive: 1,
      count: 513,
      codes: [1, 2, 3],
    };
    memory.set(memory.variable("cache"), "struct { long hits; char name[8]; }", { hits: 9, name: "lru" });
    yield sys.call("process_request", memory.make("struct request", request), 0);
    yield sys.call("idle");
    yield sys.call("pick", 1, -2, 3, 4, 5, 6, 7, 8);
    return 0;
  },
};

const go = (script: string, options: readonly string[] = []): string => {
  const { out, err } = probe(script, {
    program: "/usr/sbin/server",
    programs: { "/usr/sbin/server": server },
    options,
  });
  expect(err).toBe("");
  return out;
};
const at = (point: string, body: string): string => `probe process("server").${point} { ${body} }`;

describe("functions", () => {
  // biome-ignore format: table
  const rows: readonly (readonly [point: string, body: string, out: string])[] = [
    ['function("process_request")', 'println($depth, " ", $r->method, " ", $r->count, " ", $r->codes[0])', "0 8 513 1\n-1 0 0 7\n"],
    ['function("process_request")', 'println(user_string_n($r->uri->data, $r->uri->len), user_string($r->host))', "/indexexample.org\nouter\n"],
    ['function("process_request")', "if (!$depth) println(user_string($r->parent->host), $r->parent->parent == 0)", "outer1\n"],
    ['function("process_request")', "println($served, @var(\"served\"), $cache->hits, user_string($cache->name))", "009lru\n119lru\n"],
    ['function("process_request")', 'if (!$depth) println(@cast($r, "struct request")->keepalive)', "1\n"],
    ['function("process_request").return', 'println($return, " ", @entry($depth), " ", @var("served"))', "404 -1 2\n200 0 2\n"],
    ['function("process_request")', "if (!$depth) println($r->uri$$)", '{.len=6, .data="/index"}\n'],
    ['function("pick")',            'println($$parms)', "a=0x1 b=0xfffffffffffffffe c=0x3 d=0x4 e=0x5 f=0x6 g=0x7 h=0x8\n"],
    ['function("pick").return',     "println(user_string($return))", "1 -2 3 4 5 6 7 8\n"],
    ['function("main")',            'println($argc, " ", user_string($argv[0]))', "1 /usr/sbin/server\n"],
    ['function("*@server.c")',      "println(probefunc())", "main\nprocess_request\nprocess_request\nidle\npick\n"],
    ['function("idle")',            "println(ppfunc())", "idle\n"],
    ['statement("*@server.c:15")',  "println(ppfunc())", "idle\n"],
  ];
  test.each(rows)("%s { %s }", (point, body, out) => expect(go(at(point, body))).toBe(out));

  test("a script changes arguments and memory", () => {
    const script = `${at('function("pick")', "$b = 42")} ${at('function("pick").return', "println(user_string($return))")}
      ${at('function("idle")', '@var("served") = 77 println($served)')}`;
    expect(go(script, ["-g"])).toBe("77\n1 42 3 4 5 6 7 8\n");
  });

  test("stacks go through calls and marks to the start", () => {
    const names = (text: string): string[] => [...text.matchAll(/: (\S+)\+/g)].map(([, name = ""]) => name);
    const inner = ["process_request", "process_request", "main", "_start"];
    expect(names(go(at('function("process_request")', "if ($depth) print_ubacktrace()")))).toEqual(inner);
    expect(names(go(at('mark("tick")', "print_ubacktrace() exit()")))).toEqual(inner);
    expect(names(go(at('function("process_request").return', "if (@entry($depth)) print_ubacktrace()")))).toEqual(
      inner.slice(1),
    );
    expect(names(go(`probe syscall.exit_group { print_ubacktrace() }`))).toEqual(["_start"]);
  });
});

test("stacks go through signal handlers, and end in a child of vfork where it began", () => {
  const { out } = probe('probe process.function("inner") { println(pid()) print_ubacktrace() }', {
    program: {
      functions: {
        *inner(sys) {
          yield sys.getpid();
        },
        *handler(sys) {
          yield sys.call("inner");
        },
        *child(sys) {
          yield sys.call("inner");
          yield sys.exit_group(0);
        },
      },
      *main(sys, memory) {
        yield sys.rt_sigaction(SIG.SIGUSR1, [memory.addressOf("handler"), 0, 0], 0, 8);
        yield sys.kill(yield sys.getpid(), SIG.SIGUSR1);
        yield sys.vfork(function* (sys) {
          yield sys.call("child");
        });
        yield sys.call("inner");
      },
    },
  });
  const stacks = out.split(/^(?=\d+$)/m).map((text) => [...text.matchAll(/: (\w+)\+/g)].map(([, name]) => name));
  expect(stacks).toEqual([
    ["inner", "handler", "main", "_start"],
    ["inner", "child", "_start"],
    ["inner", "main", "_start"],
  ]);
});

describe("marks", () => {
  // biome-ignore format: table
  const rows: readonly (readonly [point: string, body: string, out: string])[] = [
    ['mark("done")',                       'println(user_string($arg1), " ", $arg2, " ", $arg3)', "text -5 44\n".repeat(2)],
    ['provider("server").mark("*")',       "println($$name)", "done\n".repeat(2)],
    ['provider("kernelish").mark("tick")', "println($$provider, $$name)", "kernelishtick\n".repeat(2)],
  ];
  test.each(rows)("%s { %s }", (point, body, out) => expect(go(at(point, body))).toBe(out));

  // biome-ignore format: table
  const wrong: readonly (readonly [name: string, args: readonly number[], message: string])[] = [
    ["nowhere", [],  "the program has no mark nowhere: it has done, tick"],
    ["done",    [1], "the mark done has 3 arguments, not 1"],
  ];
  test.each(wrong)("sys.mark(%j, %j)", (name, args, message) => {
    const program: ScriptedProgram = {
      ...server,
      *main(sys) {
        yield sys.mark(name, ...args);
      },
    };
    expect(() => probe('probe end { print("") }', { program })).toThrow(message);
  });
});
