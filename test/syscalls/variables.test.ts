/** The variables of probes on calls: those that scripts know, and one page that lists them. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { decoders } from "../../tapsets/syscalls/decoders.ts";
import { argumentKinds } from "../../target/syscall-arguments.ts";
import { syscallDocs } from "../../target/syscall-docs.ts";
import { entryVariables, returnVariables, syscallProbes } from "../../target/syscall-probes.ts";

const reference = readFileSync(resolve(import.meta.dirname, "variables.txt"), "latin1");

/** Variables that are internal to SystemTap's library. */
const internal = new Set(["_func_name"]);

describe.each(["x86_64", "riscv64"] as const)("calls of %s", (arch) => {
  const probes = syscallProbes(arch);
  const rows = [...reference.matchAll(/^(\w+): ([^;\n]*)(?:; (.*))?$/gm)].filter(([, name = ""]) => probes.has(name));

  test("most of the reference's probes are here", () => {
    expect(rows.length).toBeGreaterThan(arch === "x86_64" ? 280 : 220);
  });

  test.each(rows.map(([, name = "", entry = "", back = ""]) => [name, entry, back] as const))(
    "syscall.%s has what scripts use",
    (name, entry, back) => {
      const calls = probes.get(name) ?? [];
      const atEntry = new Set(calls.flatMap((row) => [...entryVariables(row, arch).keys()]));
      const atReturn = new Set(calls.flatMap((row) => [...returnVariables(row).keys()]));
      const words = (list: string) => list.split(" ").filter((word) => word !== "" && !internal.has(word));
      // A variable of the older of two calls is missing where a machine has only the newer one.
      const lost = arch === "riscv64" && calls.length === 1 ? /^(flags_str|flag_str|size)$/ : /^$/;
      expect(words(entry).filter((word) => !atEntry.has(word) && !lost.test(word))).toEqual([]);
      expect(words(back).filter((word) => !atReturn.has(word) && !lost.test(word))).toEqual([]);
    },
  );
});

test("every kind of argument has a decoder", () => {
  expect(argumentKinds.filter((kind) => !Object.hasOwn(decoders, kind))).toEqual([]);
});

test("docs/syscalls.md is what tools/generate-syscalls.mjs makes of the table", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../docs/syscalls.md"), "utf8");
  expect(page).toBe(syscallDocs());
});
