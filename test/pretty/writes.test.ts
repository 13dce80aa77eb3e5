/**
 * `$x = v`: what the program sees afterwards.
 *
 * `tell` of test/fixtures/pretty/shapes.c prints `p->first p->second x c`; without a script that is "1 2 3 99", as
 * qemu-riscv64 runs it too. The pair is on the stack, x and c are on the stack at -O0 and in registers at -O2.
 */
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { utap } from "../run/driver.ts";

const folder = resolve(import.meta.dirname, "../fixtures/pretty");

function run(name: string, point: string, body: string, guru = true) {
  const options = guru ? ["-g"] : [];
  return utap([...options, "-c", join(folder, name), "-e", `probe process.function("${point} { ${body} }`]);
}

describe.each(["shapes-O0", "shapes-O2"])("%s", (name) => {
  // biome-ignore format: table
  test.each([
    ["$x = 1234567",                          "1 2 1234567 99"],
    ["$x = -5",                               "1 2 -5 99"],
    ["$x = 4294967295",                       "1 2 -1 99"],      // cut to 32 bits, which are signed
    ["$c = 65",                               "1 2 3 65"],
    ["$p->first = -9223372036854775807",      "-9223372036854775807 2 3 99"],
    ["$p->second = 77; $p->first = 4294967296 + 5", "4294967301 77 3 99"],
    ["$p->second = $x = 8",                   "1 8 8 99"],       // an assignment has a value
    ["i = 0; $p[i]->second = 9",              "1 9 3 99"],
    ['@cast($p, "struct pair")->second = 11', "1 11 3 99"],
    ["q = $p; q->second = 12",                "1 12 3 99"],
    ["if ($x == 3) $x = $p->second * 50",     "1 2 100 99"],
    ['@var("number") = 1',                    "1 2 3 99"],       // a global; tell does not look at it
  ])("%s", (body, told) => {
    const { out, err, status } = run(name, 'tell")', body);
    expect(err).toBe("");
    expect(out.trim()).toBe(told);
    expect(status).toBe(0);
  });

  test("what is written is read back", () => {
    const body =
      "$p->b1 = 2; $p->b2 = -1; $p->c = 98; $p->ok = 0; $p->grid[1][2] = 60; $p->d = 4; $p->next = 4096; $p->sign = 0; " +
      'printf("%d %d %d %d %d %d %d %d %d %d\\n", $p->b1, $p->b2, $p->c, $p->ok, $p->grid[1][2], $p->d, $p->next, $p->sign, $p->n, $p->col)';
    const { out, err } = run(name, 'show")', body);
    expect(err).toBe("");
    // A double takes bits. The neighbours n and col keep what they had.
    expect(out.split("\n")[0]).toBe("2 -1 98 0 60 4 4096 0 -1 5");
  });

  test("the return value", () => {
    const { out, err } = run(
      name,
      'parts").return',
      "$return->second = 9; println($return->first, $return->second, $return->third)",
    );
    expect(err).toBe("");
    expect(out.split("\n")[0]).toBe("89114");
    expect(run(name, 'twice").return', "$return = 5").out.trim()).toBe("1 2 3 99");
  });
});

describe("what cannot be written", () => {
  // biome-ignore format: table
  test.each([
    ['show")',         "$x = 1",               "no variable 'x'"],
    ['tell")',         "$x++",                 "only '=' writes to a target variable, not '++'"],
    ['tell")',         "$x += 1",              "not '+='"],
    ['tell")',         "delete $x",            "not 'delete'"],
    ['tell")',         '$x = "s"',             "string"],
    ['tell")',         "&$x = 1",              "address"],
    ['tell")',         "$p$ = 1",              "as text"],
    ['tell")',         "$$parms = 1",          "'$$parms' cannot be written"],
    ['show")',         "$p->arr = 1",          "is an array"],
    ['show")',         "$p->in = 1",           "name one of its members"],
    ['tell").return',  "$x = 1",               "value at the entry"],
    ['tell").return',  "$p[$x]->first = 1",    "value at the entry"],
  ])("%s %s", (point, body, message) => {
    const { err, status } = run("shapes-O0", point, `${body} println(1)`);
    expect(err).toContain(message);
    expect(status).toBe(1);
  });

  test("without -g", () => {
    const { err, status } = run("shapes-O0", 'tell")', "$x = 1", false);
    expect(err).toContain("needs -g");
    expect(status).toBe(1);
  });

  test("memory that the program may not write is a fault that can be caught", () => {
    const body =
      "try { $p->s[0] = 65 } catch (m) { println(m) } try { $p->nowhere[0] = 65 } catch (m) { println(m) } println($p->s$)";
    const { out, err } = run("shapes-O0", 'show")', body);
    expect(err).toBe("");
    const [readOnly, nowhere, text] = out.split("\n");
    expect(readOnly).toMatch(/^cannot write \$p->s\[0\]: no memory that can be written at 0x[0-9a-f]+$/);
    expect(nowhere).toBe("cannot write $p->nowhere[0]: no memory that can be written at 0x10");
    expect(text).toBe('"text"');
  });

  test("the code of the program stays", () => {
    const { out } = run(
      "shapes-O0",
      'show")',
      'try { @cast($p->fn, "struct pair")->first = 0 } catch { println("no") }',
    );
    expect(out.trim()).toBe("no\n1 2 3 99");
  });
});
