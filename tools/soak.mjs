// `npm run soak [HITS]` runs bench/soak.ts, `npm run soak -- --sqlite [ROWS]` bench/soak-sqlite.ts; see there.
import { fileURLToPath } from "node:url";
import { importTypeScript } from "./run-typescript.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const [first, ...rest] = process.argv.slice(2);
const sqlite = first === "--sqlite";
const { main } = await importTypeScript(sqlite ? "bench/soak-sqlite.ts" : "bench/soak.ts");
process.exitCode = main(root, sqlite ? rest : process.argv.slice(2));
