// global a, b; probe begin { a[1] = 2; a[1] += 3; b["x", 1]++; delete b["x", *]; delete a; if (1 in a) print(b["x", 1]) }
export function instantiate(rt) {
  const { add, print } = rt;
  const g_a = rt.globals[0];
  const g_b = rt.globals[1];
  const fmt_0 = rt.format("%d");
  // begin  test.stp:1
  function probe_0(c) {
    g_a.set(1, 2);
    g_a.set(1, add(g_a.get(1), 3));
    g_b.set("x\u00001", add(g_b.get("x\u00001"), 1));
    g_b.deleteMatching(["x", null]);
    g_a.clear();
    if (g_a.has(1)) {
      print(fmt_0(g_b.get("x\u00001")));
    }
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
