/** A small part of `npm run fuzz`: no input throws, hangs, or makes a module that the verifier refuses. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { faultOf, readCorpus, shrink } from "./front-end.ts";
import { makeInput } from "./inputs.ts";

const { scripts, library } = readCorpus(fileURLToPath(new URL("../../", import.meta.url)));

describe("the front end on input of any kind", () => {
  test.each([0, 1, 2, 3])("inputs %i00 to %i99", (hundred) => {
    for (let i = 0; i < 100; i++) {
      const input = makeInput(scripts, hundred * 100 + i);
      const fault = faultOf(input, library);
      if (fault) expect.fail(`input ${hundred * 100 + i}: ${fault}\n${JSON.stringify(shrink(input, library))}`);
    }
  });
});
