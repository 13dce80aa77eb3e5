// Writes docs/syscalls.md, the list of the probes on system calls with their variables, from target/syscalls.ts.
//
//   node tools/generate-syscalls.mjs
//
// test/syscalls/docs.test.ts proves that the file is what this makes.
import { writeFileSync } from "node:fs";
import { importTypeScript } from "./run-typescript.mjs";

const { syscallDocs } = await importTypeScript("target/syscall-docs.ts");
writeFileSync("docs/syscalls.md", syscallDocs());
