// A user's test with Vitest, in TypeScript.
import { type Main, probe, type ScriptedProgram } from "utap/testing";
import { expect, test } from "vitest";

const main: Main = function* (sys, memory, argv) {
  const point = memory.make("struct point", { x: argv.length, y: -2 });
  return yield sys.call("sum", point, 40);
};

const program: ScriptedProgram = {
  declarations: "struct point { int x, y; }; long sum(struct point *p, int more);",
  main,
  functions: {
    *sum(sys, memory, p, more) {
      yield sys.work(10);
      const { x, y } = memory.get<{ x: number; y: number }>(p, "struct point");
      return x + y + more;
    },
  },
};

test("arguments and results", () => {
  const script = `probe process.function("sum") { println($p->x, " ", $p->y, " ", $more) }
    probe process.function("sum").return { println("= ", $return) }`;
  expect(probe(script, { program, argv: ["sum", "one"] })).toEqual({
    out: "2 -2 40\n= 40\n",
    err: "",
    status: 40,
    errors: [],
  });
});
