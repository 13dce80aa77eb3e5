// global a, b; probe begin { a[1]++; b[1, "x"]++; foreach (k in a) print(k) foreach (v = [i-, s] in b[*, "x"] limit 3) print(v, i, s) }
export function instantiate(rt) {
  const { add, outOfActions, print } = rt;
  const g_a = rt.globals[0];
  const g_b = rt.globals[1];
  const fmt_0 = rt.format("%d");
  const fmt_1 = rt.format("%d%d%s");
  // begin  test.stp:1
  function probe_0(c) {
    let l_k = 0, l_i = 0, l_s = "", l_v = 0;
    g_a.set(1, add(g_a.get(1), 1));
    g_b.set("1\u0000x", add(g_b.get("1\u0000x"), 1));
    for (const a_0 = g_a.walkKeys(); a_0.next();) {
      if ((c.left -= 2) < 0) outOfActions();
      l_k = a_0.key(0);
      print(fmt_0(l_k));
    }
    for (const a_1 = g_b.walk({ by: 0, direction: -1, slice: [null, "x"], limit: 3 }); a_1.next();) {
      if ((c.left -= 2) < 0) outOfActions();
      l_i = a_1.key(0);
      l_s = a_1.key(1);
      l_v = a_1.value;
      print(fmt_1(l_v, l_i, l_s));
    }
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
