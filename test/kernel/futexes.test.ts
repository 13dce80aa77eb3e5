/** The table of futexes, where no program can choose the moment: between a timeout and the run of the task that it ends. */
import { expect, test } from "vitest";
import { AddressSpace } from "../../kernel/memory/address-space.ts";
import { Frames } from "../../kernel/memory/frames.ts";
import type { Task } from "../../kernel/process/task.ts";
import { Futexes } from "../../kernel/scheduling/futex.ts";

test("one that timed out does not take its successor away", () => {
  const futexes = new Futexes();
  const mm = new AddressSpace(new Frames());
  const first = futexes.get(mm, 0x1000, true);
  futexes.keep(first); // its sleeper's time has come
  futexes.drop(first); // a waker finds nobody
  const second = futexes.get(mm, 0x1000, true);
  futexes.keep(second);
  second.queue.sleepers.add({} as Task);
  futexes.drop(first); // only now does the first one run
  expect(futexes.get(mm, 0x1000, true)).toBe(second);
});
