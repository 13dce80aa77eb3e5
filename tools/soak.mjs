// `npm run soak [HITS]`: runs bench/soak.ts; see there.
import { fileURLToPath } from "node:url";
import { importTypeScript } from "./run-typescript.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const { main } = await importTypeScript("bench/soak.ts");
process.exitCode = main(root, process.argv.slice(2));
