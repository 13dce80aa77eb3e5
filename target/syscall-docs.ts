/**
 * The probes on system calls as a page of the documentation: the text of docs/syscalls.md.
 *
 * Called by `tools/generate-syscalls.mjs`, and by the test that the page is fresh.
 */
import { entryVariables, returnVariables, syscallProbes } from "./syscall-probes.ts";
import type { SyscallRow } from "./syscalls.ts";

const intro = `# Probes on system calls

<!-- Made by tools/generate-syscalls.mjs from target/syscalls.ts: change that, and run it. -->

\`syscall.NAME\` is hit before the call runs, \`syscall.NAME.return\` when it is over. \`nd_syscall.\`, \`dw_syscall.\` and
\`tp_syscall.\` are other names of the same points. \`syscall.*\` are all calls of the machine that is traced, and
\`process("PROGRAM").syscall("NAME")\` are those of one program. A call that the machine lacks is a mistake that says what
its programs use instead; write \`syscall.open ?\` where a script is for several machines.

    probe syscall.openat { printf("%s(%s)\\n", name, argstr) }
    probe syscall.openat.return { printf(" = %s\\n", retstr) }

Every probe has \`name\`, and at the entry \`argstr\`, the arguments as strace shows them; at the return \`retval\` and \`retstr\`
(\`3\`, \`-2 (ENOENT)\`). \`$syscall\`, \`$arg1\` to \`$arg6\` and \`$return\` are the bare numbers, at the return too. The
variables of the table are at the entry; those behind a semicolon at the return.

- \`X_uaddr\` is an address in the program, \`X_str\` what it or a number stands for, \`X_unquoted\` a string without quotes.
- Memory that cannot be read, such as a page that was never touched, is shown as its address.
- A variable costs nothing where it is not used. A global of the script of the same name hides it.

| probe | calls | machines | variables |
|---|---|---|---|
`;

export function syscallDocs(): string {
  const x86 = syscallProbes("x86_64");
  const riscv = syscallProbes("riscv64");
  const names = [...new Set([...x86.keys(), ...riscv.keys()])].sort((a, b) => (a < b ? -1 : 1));
  const rows = names.map((name) => {
    const machines = x86.has(name) ? (riscv.has(name) ? "" : "x86-64") : "riscv64";
    const calls = [...new Set([...(x86.get(name) ?? []), ...(riscv.get(name) ?? [])])];
    const others = calls.length === 1 && calls[0]?.name === name ? "" : calls.map((row) => row.name).join(", ");
    return `| ${name} | ${others} | ${machines} | ${variablesOf(calls)} |\n`;
  });
  return intro + rows.join("");
}

const common = new Set(["name", "argstr", "retval", "retstr"]);

function variablesOf(calls: readonly SyscallRow[]): string {
  const atEntry = calls.flatMap((row) => [
    ...entryVariables(row, row.x86_64 === undefined ? "riscv64" : "x86_64").keys(),
  ]);
  const atReturn = calls.flatMap((row) => [...returnVariables(row).keys()]);
  const [entry, back] = [atEntry, atReturn].map((names) => [...new Set(names)].filter((name) => !common.has(name)));
  return `${entry?.join(" ")}${back && back.length > 0 ? `; ${back.join(" ")}` : ""}`.trim();
}
