/** The machines that live tracing knows, by Node's name of the architecture. */
import type { Machine } from "./machine.ts";
import { machineX86_64 } from "./x86-64.ts";

const machines: { readonly [architecture: string]: Machine } = { x64: machineX86_64 };

/** Undefined on a machine that is not supported yet. */
export const hostMachine: Machine | undefined = machines[process.arch];
