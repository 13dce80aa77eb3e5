/**
 * The types of `utap/testing`: declarations of its entry point and of what that mentions, and no more.
 *
 * Called by `build.mjs`. TypeScript makes them file by file, from what is written in each (`isolatedDeclarations`), which
 * takes no look at the rest of the program. Names that are `@internal` are left out. What it would have to infer it
 * writes as `any`: then the build fails, and the source needs an annotation.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import ts from "typescript";

const ENTRY = "testing/index.ts";
const specifier = /(\bfrom "|\bimport\(")(\.[^"]*)\.ts(")/g;
const compilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  verbatimModuleSyntax: true,
  strict: true,
  stripInternal: true,
};

/** Fills the folder `out`, as builds at the same time may; its `testing/index.d.ts` is the entry point. */
export function buildTypes(out) {
  const wanted = new Map();
  const visit = (fileName) => {
    if (wanted.has(fileName)) return;
    const { outputText } = ts.transpileDeclaration(readFileSync(fileName, "utf8"), { fileName, compilerOptions });
    if (/: any\b/.test(outputText)) throw new Error(`${fileName}: an exported name needs a type that is written down`);
    wanted.set(fileName, outputText);
    for (const [, , path] of outputText.matchAll(specifier)) visit(normalize(join(dirname(fileName), `${path}.ts`)));
  };
  visit(ENTRY);

  const files = new Map([...wanted].map(([name, text]) => [name.replace(/\.ts$/, ".d.ts"), text]));
  for (const [name, text] of files) {
    const path = join(out, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, text.replace(specifier, "$1$2.js$3"));
    renameSync(`${path}.${process.pid}`, path);
  }
  for (const name of readdirSync(out, { recursive: true, encoding: "utf8" })) {
    if (name.endsWith(".d.ts") && !files.has(name)) rmSync(join(out, name), { force: true });
  }
}
