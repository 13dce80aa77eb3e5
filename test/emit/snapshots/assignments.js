// global g; function f() { g++; return 1 } probe begin { x = y = 2; x += 3; x *= f(); g -= x; s .= "a"; println(x, y, s) }
export function instantiate(rt) {
  const { add, cat, mul, print, sub } = rt;
  let g_g = 0;
  const fmt_0 = rt.format("%d%d%s\n");
  // f  test.stp:1:20
  function f_f(c) {
    g_g = add(g_g, 1);
    return 1;
  }
  // begin  test.stp:1
  function probe_0(c) {
    let l_x = 0, l_y = 0, l_s = "";
    let t_0;
    l_x = l_y = 2;
    l_x = add(l_x, 3);
    t_0 = f_f(c), l_x = mul(l_x, t_0);
    g_g = sub(g_g, l_x);
    l_s = cat(l_s, "a");
    print(fmt_0(l_x, l_y, l_s));
  }
  return {
    probes: [probe_0],
    scalars: {
      g: { get: () => g_g, set: (v) => { g_g = v; } },
    },
  };
}
