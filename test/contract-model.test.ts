/** The model passes the contract suite of targets. */
import { resolve } from "node:path";
import { inModel } from "./suite-program.ts";
import { describeTarget } from "./target-contract.ts";

describeTarget("the kernel model", inModel(resolve(import.meta.dirname, "fixtures/contract/contract.riscv64")));
