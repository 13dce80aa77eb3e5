/** The live target passes the contract suite of targets. */
import { describeLive } from "./contract.ts";

describeLive("live Linux");
