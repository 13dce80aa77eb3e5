// Rebuilds the binaries of test/fixtures and examples from their sources.
//
//   node tools/build-fixtures.mjs [FOLDER …]
//
// A source says how it is built in comment lines of its first 20 lines, one command each, run in its folder:
//   // build: riscv64-linux-gnu-gcc -O0 -g -static -o hello-O0 hello.c
// Binaries are checked in, so tests need no toolchain; test/fixtures/BUILD.md records the compiler.
import { execSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const folders = process.argv.slice(2);
const roots = folders.length > 0 ? folders : ["test/fixtures", "examples"];
const commands = [];
for (const root of roots) {
  for (const name of readdirSync(root, { recursive: true }).map(String).sort()) {
    if (!/\.(c|S|cc)$/.test(name)) continue;
    const file = join(root, name);
    const head = readFileSync(file, "utf8").split("\n").slice(0, 20);
    for (const line of head) {
      const build = /^\s*(?:\/\/|\*|#)\s*build:\s*(.+)$/.exec(line);
      if (build) commands.push({ folder: dirname(file), command: build[1].trim() });
    }
  }
}
for (const { folder, command } of commands) {
  console.log(`${folder}: ${command}`);
  // Debug information names the folder of the compilation; "/src" keeps it free of the machine's paths.
  const portable = command.replace(/^(\S*gcc)\b/, `$1 -ffile-prefix-map=${resolve(folder)}=/src`);
  execSync(portable, { cwd: folder, stdio: "inherit" });
}
if (folders.length === 0) {
  const version = execSync("riscv64-linux-gnu-gcc --version", { encoding: "utf8" }).split("\n")[0];
  const rows = commands.map(({ folder, command }) => `| ${folder} | \`${command}\` |`);
  const table = ["| folder | command |", "|---|---|", ...rows].join("\n");
  writeFileSync(
    "test/fixtures/BUILD.md",
    `# How the fixtures were built\n\nBy \`node tools/build-fixtures.mjs\` with ${version}.\n\n${table}\n`,
  );
}
