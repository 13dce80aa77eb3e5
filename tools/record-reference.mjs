// Asks the installed SystemTap about the cases of test/reference/cases and writes what it says into them.
//
//   node tools/record-reference.mjs [SECTION …] [--missing]     (default: all; --missing: those without a record)
//
// Some five minutes for all of them. test/reference/cases.ts tells how a case is written.
import { importTypeScript } from "./run-typescript.mjs";

const { record } = await importTypeScript("test/reference/record.ts");
record(process.argv.slice(2));
