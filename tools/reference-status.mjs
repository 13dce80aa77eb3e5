// Prints how our passes 1 and 2 compare with the recorded reference: per section, with what differs.
//
//   node tools/reference-status.mjs [SECTION | SECTION/NAME …] [--brief]
//   node tools/reference-status.mjs --pending                      (lines for test/reference/pending.txt)
//
// `-` is the reference, `+` is ours. test/reference/cases.ts tells what the aspects are.
import { importTypeScript } from "./run-typescript.mjs";

const { status } = await importTypeScript("test/reference/status.ts");
status(process.argv.slice(2));
