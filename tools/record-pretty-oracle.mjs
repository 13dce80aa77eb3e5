// Records the formats in which the reference prints values as text, for test/pretty.
//
//   node tools/record-pretty-oracle.mjs
//
// The reference makes a format of the type of `$x$`, and shows it with -p2 -v. Formats depend on types alone, so the
// fixture is built for this machine (stap has none for another) and asked at its functions `show` and `parts`.
// Writes test/fixtures/pretty/reference-formats.txt: function, expression, format, with tabs between.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const parts = [
  "",
  "n",
  "c",
  "uc",
  "name",
  "raw",
  "s",
  "nowhere",
  "v",
  "next",
  "fn",
  "arr",
  "arr[1]",
  "grid",

  "in",
  "ins",
  "ins[1]",
  "col",
  "sign",
  "ok",
  "d",
  "ui",
  "uc4",
  "anon_a",
  "b1",
  "b2",
  "ud",
];
const values = {
  show: [
    ...parts.map((part) => (part === "" ? "$p" : `$p->${part}`)),
    ...["$o", "$o->at", "$o->wide", "$m", "$m->none", "$m->strs", "$m->ip", "$m->cg", "$m->zero", "$m->pin"],
    ...["$u", "$u->in", "$e", "$letter", "$real"],
  ],
  parts: ["$byval", "$words", "$words[0]", "$pp", "$v", "$fn", "$i", "$h"],
};

const folder = mkdtempSync(join(tmpdir(), "utap-pretty-"));
try {
  const program = join(folder, "shapes");
  execFileSync("gcc", ["-g", "-O0", "-w", "-o", program, "test/fixtures/pretty/shapes.c"]);
  const lines = ["# By tools/record-pretty-oracle.mjs: function, expression, format of SystemTap 4.8 on x86-64."];
  for (const [name, expressions] of Object.entries(values)) {
    for (const expression of expressions
      .flatMap((text) => [`${text} $`, `${text} $$`])
      .map((text) => text.replace(" ", ""))) {
      const script = `probe process("${program}").function("${name}") { println(${expression}) }`;
      const { stdout } = spawnSync("tools/oracle-stap.sh", ["-p2", "-v", "-e", script], { encoding: "utf8" });
      // The other one is of the function that quotes strings.
      const formats = [...stdout.matchAll(/^return sprintf\("((?:[^"\\]|\\.)*)"/gm)].map((match) => match[1]);
      const format = formats.find((text) => text !== "0x%x");
      if (format === undefined) throw new Error(`no format for ${expression}:\n${stdout}`);
      lines.push([name, expression, format].join("\t"));
    }
  }
  writeFileSync("test/fixtures/pretty/reference-formats.txt", `${lines.join("\n")}\n`);
} finally {
  rmSync(folder, { recursive: true });
}
