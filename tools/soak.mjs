// `npm run soak [HITS]`: runs bench/soak.ts; see there.
import { importTypeScript } from "./run-typescript.mjs";

const { main } = await importTypeScript("bench/soak.ts");
process.exitCode = main(process.argv.slice(2));
