// Feeds the front end (passes 1 to 3) with inputs of any kind; run by `npm run fuzz -- [--count N] [--seed N]`. With
// --elf the model is fed instead: with every truncation of small ELF files, and then with mutations of them.
//
// Input number N of a seed is always the same. The work is done in a thread, so that an input which never ends is found
// too: it is named and the run stops. Other faults are made smaller, printed, and the run goes on to at most ten.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

const HANG_MS = 20_000;
const MAX_FAULTS = 10;

if (isMainThread) await main();
else await work(workerData);

async function main() {
  const { values } = parseArgs({
    options: { count: { type: "string" }, seed: { type: "string", default: "0" }, elf: { type: "boolean" } },
  });
  const { build } = await import("esbuild");
  const folder = mkdtempSync(join(tmpdir(), "utap-fuzz-"));
  await build({
    entryPoints: values.elf ? ["test/fuzz/elf-files.ts"] : ["test/fuzz/front-end.ts", "test/fuzz/inputs.ts"],
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    outExtension: { ".js": ".mjs" },
    logLevel: "warning",
    banner: { js: "import { createRequire as __cr } from 'node:module'; const require = __cr(import.meta.url);" },
  });
  const [count, seed] = [Number(values.count ?? (values.elf ? 10_000 : 100_000)), Number(values.seed)];
  const worker = new Worker(new URL(import.meta.url), { workerData: { folder, count, seed, elf: values.elf } });
  let [at, last, faults] = [seed, Date.now(), 0];
  const watch = setInterval(() => {
    if (Date.now() - last < HANG_MS) return;
    console.log(`input ${at} takes longer than ${HANG_MS / 1000} s`);
    finish(1);
  }, 1000);
  const finish = (status) => {
    clearInterval(watch);
    rmSync(folder, { recursive: true, force: true });
    process.exit(status);
  };
  worker.on("error", (error) => {
    console.log(`input ${at}: ${error.stack}`);
    finish(1);
  });
  worker.on("message", (message) => {
    last = Date.now();
    if (message.at !== undefined) at = message.at;
    if (message.text !== undefined) console.log(message.text);
    if (message.fault && ++faults >= MAX_FAULTS) finish(1);
    if (message.done) {
      console.log(`${count} inputs, ${faults} faults`);
      finish(faults === 0 ? 0 : 1);
    }
  });
}

async function work(options) {
  await (options.elf ? damagePrograms(options) : feedScripts(options));
  parentPort.postMessage({ done: true });
}

async function feedScripts({ folder, count, seed }) {
  const { faultOf, readCorpus, shrink } = await import(join(folder, "front-end.mjs"));
  const { makeInput } = await import(join(folder, "inputs.mjs"));
  const { scripts, library } = readCorpus(".");
  for (let at = seed; at < seed + count; at++) {
    parentPort.postMessage({ at });
    const input = makeInput(scripts, at);
    const fault = faultOf(input, library);
    if (fault) {
      const text = `input ${at} (${input.kind}): ${fault}\n${JSON.stringify(shrink(input, library))}\n`;
      parentPort.postMessage({ at, fault: true, text });
    } else if (at % 10_000 === 0 && at > seed) parentPort.postMessage({ at, text: `${at - seed} inputs` });
  }
}

async function damagePrograms({ folder, count, seed }) {
  const { makeMutation, readElfFiles, runDamaged, truncations } = await import(join(folder, "elf-files.mjs"));
  const files = readElfFiles(".");
  const run = (damaged) => {
    parentPort.postMessage({ at: damaged.title });
    const { fault } = runDamaged(damaged);
    if (fault !== undefined) parentPort.postMessage({ fault: true, text: `${damaged.title}: ${fault}\n` });
  };
  let cut = 0;
  for (const damaged of truncations(files)) {
    run(damaged);
    cut++;
  }
  parentPort.postMessage({ text: `${cut} truncations` });
  for (let at = seed; at < seed + count; at++) run(makeMutation(files, at));
}
