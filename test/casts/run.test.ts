/**
 * Target operators end to end: scripts on the programs of test/fixtures/casts, whose values follow from casts.c.
 *
 * There, nodes[i] has value 10(i+1), colors GREEN, BLUE, ODD (5, 6, -2), names "a!", "b!", "c!", counts[j] = 10i+j and
 * part.inner = -1-i; sum(nodes, 2), walk(nodes+1, 2), nest(nodes+2, 2), find(20), sum(nodes+1, 9) are called in turn.
 * Every script also runs on the position-independent build, which the kernel model loads elsewhere.
 */
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { utap } from "../run/driver.ts";

const fixtures = resolve(import.meta.dirname, "../fixtures/casts");

interface Case {
  readonly name: string;
  readonly script: string;
  readonly out: readonly string[];
  readonly guru?: boolean;
}

const cases: readonly Case[] = [
  {
    name: "@cast: members, elements, bit by bit",
    script: `probe PROGRAM.function("walk") {
      println(@cast($handle, "struct node")->value, " ", @cast($handle, "node_t")->next->value)
      println(@cast($handle, "node")->counts[$index], " ", @cast($handle, "struct node")[1]->part->inner)
      println(@cast($handle, "node_ptr") == @uderef(8, $handle), " ", @cast($handle, "int"))
      println(&@cast($handle, "struct node")->next - $handle, " ", &@cast(0, "struct node")[2] == 2 * @cast_size)
    }`.replace("@cast_size", '&@cast(0, "struct node")[1]'),
    // nodes[1]; the first eight bytes are its value and padding; next is at offset 8.
    out: ["20 30", "12 -3", "1 20", "8 1"],
  },
  {
    name: "@cast with modules: the first that knows the type, in probes without a module of their own",
    script: `probe PROGRAM.function("find") { at = @var("list", "PATH") }
      probe process.syscall { exit() }
      probe end { println(1) }
      probe PROGRAM.function("nest") { println(@cast($p, "only_here", "/no/such:PATH")->high) next }`,
    // The second int of nodes[2] is the padding behind its value.
    out: ["0", "0", "0", "1"],
  },
  {
    name: "@var: externals, statics by file, in every probe",
    script: `probe PROGRAM.function("sum") {
      println(@var("counter"), " ", @var("hidden@casts.c"), " ", @var("hidden@casts-other.c"), " ", @var("n"))
      println(@var("bits")->bytes[2], " ", @var("nodes")[2]->color, " ", (&@var("nodes"))[1]->value)
      println(@var("cursor")->value, " ", @var("only", "PATH")->low)
    }
    probe process.syscall { println(@var("counter", "PATH")) }`,
    // counter becomes other_total() = 1000 + 3 + 4 before the second call; sum() adds 1 to casts.c's hidden.
    out: ["40 7 1000 2", "3 -2 20", "10 3", "1007 8 1007 9", "3 -2 20", "10 3", "1007"],
  },
  {
    name: "autocasts: through variables, ternaries, globals and functions",
    script: `global kept
      function first() { return @var("list", "PATH") }
      probe PROGRAM.function("sum") {
        x = $p
        y = $n > 2 ? x : 0
        kept = x->next
        println(x->value, " ", (x)[1]->value, " ", (&x->counts)[3], " ", first()->next->next->value, " ", user_string(x->name))
        if (y) println(y->color)
      }
      probe PROGRAM.function("walk") { println(kept->value, " ", @defined(kept->nope), " ", @defined(kept->part)) }`,
    out: ["10 20 3 30 a!", "20 0 0", "20 30 13 30 b!", "6"],
  },
  {
    name: "@entry: computed indexes, strings and times, for each of nested calls",
    script: `probe PROGRAM.function("nest").return {
        println($depth, " ", @entry($p->counts[0] * 100), " ", $p->counts[$depth], " ", $return)
      }
      probe PROGRAM.function("find").return {
        r = $return
        println(r->value, " ", @entry($value), @entry(" at ") . @entry(user_string(@var("list")->name)))
        println(@entry(gettimeofday_us()) <= gettimeofday_us(), " ", @defined(@entry($nope)))
      }`,
    // counts[0] goes from 20 by one in each call; $p->counts[$depth] is 22, 21 and 22 when its call begins.
    out: ["0 2200 22 23", "1 2100 21 24", "2 2000 22 26", "20 20 at a!", "1 0"],
  },
  {
    name: "functions mean the probe that calls them",
    script: `function value(p) { return @cast(p, "struct node")->value }
      function count() { return @defined($n) ? $n : @defined($index) ? -$index : 0 }
      function both(p) { return count() * 100 + value(p) }
      function depth() { return @entry($depth + 1) }
      probe PROGRAM.function("sum") { println(both($p), " ", $$parms == parms()) }
      probe PROGRAM.function("walk") { println(both($handle)) }
      probe PROGRAM.function("nest").return { println(depth()) }
      function parms() { return $$parms }`,
    out: ["210 1", "-180", "1", "2", "3", "920 1"],
  },
  {
    name: "functions that differ only in whom they call stay apart",
    script: `global q = 100
      function plus(x) { return x + (@defined($n) ? $n : $index * 1000) }
      function both() { return plus(q) }
      probe PROGRAM.function("sum") { println(both()) }
      probe PROGRAM.function("walk") { println(both()); q++ }`,
    out: ["102", "2100", "110"],
  },
  {
    name: "enums: values, names, and numbers that have none",
    script: `probe PROGRAM.function("sum") {
      x = $p
      println(@enum("GREEN"), " ", $BLUE, " ", @enum("ODD"), " ", @enumname($p->color), " ", @enumname(x->next->color))
      println(@enumname(6, "enum color"), " ", @enumname(77, "color"), " ", @enumname(0, "color", "PATH"))
    }`,
    out: ["5 6 -2 GREEN BLUE", "BLUE 77 RED", "5 6 -2 BLUE ODD", "BLUE 77 RED"],
  },
  {
    name: "raw memory and registers",
    // DWARF numbers of riscv: 2 is sp, 8 is the frame pointer, which -O0 code sets to the sp of the caller.
    script: `probe PROGRAM.function("walk") {
      println(@uderef(4, $handle), " ", @uderef(1, $handle + 20), " ", @uderef(2, &@cast($handle, "node")->counts[3]))
      println(@uregister(8) > @uregister(2), " ", @uderef(8, &$handle) == $handle)
    }`,
    out: ["20 98 13", "1 1"],
  },
  {
    name: "@defined, @choose_defined and @probewrite choose before anything is checked",
    script: `probe chosen = PROGRAM.function("walk") {
        writes = @probewrite(x) . @probewrite(y)
        if (@defined($nope->field)) println(no_such_function())
        else println(@choose_defined($nope, 3) + @choose_defined($index, 4), @defined(@cast($handle, "nope")->x))
      }
      probe chosen { x = 1; println(x, writes) }`.replace(
      "@probewrite(x) . @probewrite(y)",
      "@probewrite(x) * 10 + @probewrite(y)",
    ),
    out: ["50", "110"],
  },
  {
    name: "@const: names of the target and arithmetic",
    guru: true,
    // O_RDWR | O_CLOEXEC is 02 | 02000000; ENOENT 2, SIGKILL 9.
    script: `probe PROGRAM.begin { println(@const("O_RDWR | O_CLOEXEC"), " ", @const("-(ENOENT + 3) * 4 << 1"), " ", @const("SIGKILL")) }`,
    out: ["524290 -40 9"],
  },
  {
    name: "what cannot be read is an error that can be caught",
    script: `probe PROGRAM.function("walk") {
        try { println(@cast(16, "struct node")->value) } catch (m) { println(m) }
        try { println(@uderef(4, 0)) } catch (m) { println(m) }
      }
      probe begin { try { println(@cast(0, "int", "PATH")) } catch (m) { println(m) } }`,
    out: [
      "no process to read from here",
      'cannot read @cast(..., "struct node")->value: no memory at 0x10',
      "cannot read @uderef(4, ...): no memory at 0x0",
    ],
  },
];

describe.each(["casts", "casts-pie"])("%s", (name) => {
  const program = join(fixtures, name);
  test.each(cases)("$name", ({ script, out, guru }) => {
    const text = script.replaceAll("PROGRAM", "process").replaceAll("PATH", program);
    const outcome = utap(["-w", ...(guru ? ["-g"] : []), "-e", text, "-c", program]);
    expect(outcome.err).toBe("");
    expect(outcome.out.trimEnd().split("\n")).toEqual(out);
  });
});

test("a variable of a file that the process does not have is an error of that probe", () => {
  const script = `probe process.syscall { println(@var("counter", "${join(fixtures, "casts-pie")}")) }`;
  const { err, status } = utap(["-e", script, "-c", join(fixtures, "casts")]);
  expect(err).toContain("the process has no");
  expect(status).toBe(1);
});

test("what could not be read at the entry of a function is an error at its return", () => {
  const script =
    'probe process.function("nest").return { try { println($p[1000000]->value) } catch (m) { println(m) } }';
  const { out } = utap(["-e", script, "-c", join(fixtures, "casts")]);
  expect(out).toBe("cannot read $p[1000000]->value: it could not be read when the function began\n".repeat(3));
});

test("a pointer goes on being one in a global that nobody reads", () => {
  const script = 'global g, n probe process.function("walk") { x = @cast($handle, "node")->next; g = x; n = $index }';
  const { out } = utap(["-e", script, "-c", join(fixtures, "casts")]);
  expect(out).toMatch(/^g=0x[0-9a-f]+\nn=2\n$/);
});
