/**
 * Overload, skipped hits, -t and the end of busy handlers. Expected values follow from the rules in runtime/overload.ts,
 * runtime/timing.ts and runtime/actions.ts, as worked out beside them.
 */
import { describe, expect, test } from "vitest";
import { limits } from "../../base/limits.ts";
import type { Hit, ProbeHost } from "../../runtime/binder.ts";
import { nativeBuiltins } from "../../tapsets/index.ts";
import { play, realTimeTarget } from "./play.ts";

const TICK = `global n
probe timer.us(100) { if (++n == 50) exit() }
probe end { println("end") }
probe error { println("error") }`;

describe("overload", () => {
  // A handler begins and ends with a look at the clock, which each time is 60 us later: it takes 60 us of at least 120.
  const target = () => realTimeTarget(60_000);

  test("handlers that take more than their share end the session", () => {
    const { out, err, failed, errors } = play(
      TICK,
      { target: target() },
      { STP_OVERLOAD_INTERVAL: 1_000_000, STP_OVERLOAD_THRESHOLD: 100_000 },
    );
    expect({ out, failed, errors }).toEqual({ out: "error\n", failed: true, errors: 1 });
    expect(err).toMatch(
      /^ERROR: probe overhead \(\d+ ns\) exceeded threshold \(100000 ns\) in the last \d+ ns\nWARNING: /,
    );
  });

  test.each([
    ["below the threshold", { STP_OVERLOAD_INTERVAL: 1_000_000, STP_OVERLOAD_THRESHOLD: 900_000 }, {}],
    ["with STP_NO_OVERLOAD", { STP_OVERLOAD_INTERVAL: 1_000_000, STP_OVERLOAD_THRESHOLD: 1, STP_NO_OVERLOAD: 1 }, {}],
    [
      "with --suppress-time-limits",
      { STP_OVERLOAD_INTERVAL: 1_000_000, STP_OVERLOAD_THRESHOLD: 1 },
      { suppressTimeLimits: true },
    ],
  ])("not %s", (_, given, options) => {
    const { out, err, failed } = play(TICK, { target: target(), options }, given);
    expect({ out, err, failed }).toEqual({ out: "end\n", err: "", failed: false });
  });

  test("begin probes delay nobody", () => {
    const script = "probe begin { for (i = 0; i < 9; i++) print(i) } probe timer.ms(1) { exit() }";
    const { err } = play(
      script,
      { target: target() },
      { STP_OVERLOAD_INTERVAL: 60_000, STP_OVERLOAD_THRESHOLD: 60_000 },
    );
    expect(err).toBe("");
  });
});

/** A session whose probe 0 is hit `hits` times; `log()` in a handler hits it again. */
function reentrant(script: string, hits: number, setup: object = {}, given: object = {}) {
  let host: ProbeHost | undefined;
  const hit: Hit = {};
  return play(
    script,
    {
      builtins: { ...nativeBuiltins, log: () => void host?.fire(0, hit) },
      attach: (given) => {
        host = given;
        return {
          arm: () => {
            for (let i = 0; i < hits; i++) host?.fire(0, hit);
          },
          setEnabled: () => {},
          disarm: () => {},
          event: () => ({ action: "resume" }) as never,
          readMemory: () => undefined,
        };
      },
      ...setup,
    },
    given,
  );
}

describe("skipped hits", () => {
  const script = `probe process.begin { print("<") log("") print(">") }
    probe timer.ms(1) { exit() } probe end { println("end") } probe error { println("error") }`;

  test("a probe that is hit while a handler runs is skipped and counted", () => {
    const { out, err, skipped, failed } = reentrant(script, 3);
    expect({ out, skipped, failed }).toEqual({ out: "<><><>end\n", skipped: 3, failed: false });
    expect(err).toBe("WARNING: Number of errors: 0, skipped probes: 3\n");
  });

  test("-t tells why", () => {
    const { err } = reentrant(script, 2, { options: { timing: true } });
    expect(err).toContain("WARNING: Skipped probes by cause: reentrancy 2\n");
  });

  test("in JSON each of them is an event", () => {
    const { out, err } = reentrant('probe process.begin { log("") } probe timer.ms(1) { exit() }', 2, {
      options: { format: "json" },
    });
    const events = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const lost = events.filter(({ type }) => type === "lost").map(({ data }) => data);
    expect(lost).toEqual([{ total: 1 }, { total: 2 }]);
    expect(events.at(-1)).toMatchObject({ type: "warning", data: "Number of errors: 0, skipped probes: 2" });
    expect(err).toBe("");
  });

  test("more than MAXSKIPPED end the session", () => {
    const { out, err, failed } = reentrant(script, 9, {}, { MAXSKIPPED: 4 });
    // The handler that was running when the fifth was lost completes.
    expect({ out, failed }).toEqual({ out: "<><><><><>error\n", failed: true });
    expect(err).toBe(
      "ERROR: Skipped too many probes, check MAXSKIPPED\nWARNING: Number of errors: 0, skipped probes: 5\n",
    );
  });

  test("MAXSKIPPED of them do not", () => {
    expect(reentrant(script, 4, {}, { MAXSKIPPED: 4 }).failed).toBe(false);
  });

  test("--suppress-handler-errors tolerates any number", () => {
    const { out, failed, skipped } = reentrant(
      script,
      9,
      { options: { suppressHandlerErrors: true } },
      { MAXSKIPPED: 4 },
    );
    expect({ out, failed, skipped }).toEqual({ out: `${"<>".repeat(9)}end\n`, failed: false, skipped: 9 });
  });
});

test("-t: least, average and greatest time of each handler", () => {
  // Each look at the clock is one more nanosecond later than the one before: handlers take 2, 4 and 6.
  let [now, looks] = [0, 0];
  const { err } = play("global n probe timer.ms(1) { if (++n == 3) exit() } probe never { }", {
    options: { timing: true },
    hostNs: () => {
      looks++;
      now += looks;
      return now;
    },
  });
  expect(err).toBe(
    [
      "      hits     min ns     avg ns     max ns  probe",
      "         3          2          4          6  timer.ms(1) (a.stp:1)",
      "         0          -          -          -  never (a.stp:1)",
      "",
    ].join("\n"),
  );
});

describe("a busy handler", () => {
  const unlimited = { options: { suppressTimeLimits: true } };

  test("ends when the user interrupts, and the end probes run in peace", () => {
    let asked = 0;
    const { out, err, failed } = play(
      `global n probe begin { while (1) n++ } probe begin(1) { println("no") }
       probe end { for (i = 0; i < 500000; i++) n++ println(n) }`,
      { ...unlimited, interrupted: () => ++asked > 3 },
    );
    // The loop and its statement are two actions; a slice ends when they no longer fit, and the fourth question is a yes.
    expect(out).toBe(`${(4 * limits.actionSlice) / 2 + 500_000}\n`);
    expect({ err, failed }).toEqual({ err: "WARNING: probe begin was still busy and was cut short\n", failed: false });
  });

  test("is interrupted in a timer of a virtual clock, which stands still, by -T", () => {
    const { out, err } = play("global n probe timer.ms(1) { while (1) n++ } probe end { println(n > 0) }", {
      ...unlimited,
      deadline: 5_000_000,
    });
    expect({ out, err }).toEqual({ out: "1\n", err: "WARNING: probe timer.ms(1) was still busy and was cut short\n" });
  });

  test("ends at -T of a real clock", () => {
    const { err } = play("global n probe timer.ms(1) { while (1) n++ } probe end { println(n > 0) }", {
      ...unlimited,
      target: realTimeTarget(100_000),
      deadline: 5_000_000,
    });
    expect(err).toContain("cut short");
  });

  test("that catches everything ends all the same", () => {
    const script = 'function f() { try { while (1) print("") } catch { } return 1 } probe begin { while (1) f() }';
    const { err } = play(script, { ...unlimited, interrupted: () => true });
    expect(err).toBe("WARNING: probe begin was still busy and was cut short\n");
  });

  test("a budget is exact, whatever the slices", () => {
    for (const budget of [
      limits.actionSlice - 1,
      limits.actionSlice,
      limits.actionSlice + 1,
      3 * limits.actionSlice + 5,
    ]) {
      const { out } = play(
        "global n probe begin { while (1) n++ } probe error { println(n) }",
        {},
        {
          MAXACTION_INTERRUPTIBLE: budget,
        },
      );
      expect(out).toBe(`${Math.floor(budget / 2)}\n`);
    }
  });
});
