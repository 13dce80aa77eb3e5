// Writes docs/kernel-model.md, what the kernel model has and what it leaves out, from the tables of kernel/.
//
//   node tools/generate-model-docs.mjs
//
// test/kernel/model-docs.test.ts proves that the file is what this makes.
import { writeFileSync } from "node:fs";
import { importTypeScript } from "./run-typescript.mjs";

const { modelDocs } = await importTypeScript("kernel/model-docs.ts");
writeFileSync("docs/kernel-model.md", modelDocs());
