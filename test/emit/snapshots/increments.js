// global a; probe begin { x = 1; y = x++; z = ++x; a[x] = a[x - 1]++; println(y, z, a[x]--) }
export function instantiate(rt) {
  const { add, print, sub } = rt;
  const g_a = rt.globals[0];
  const fmt_0 = rt.format("%d%d%d\n");
  // begin  test.stp:1
  function probe_0(c) {
    let l_x = 0, l_y = 0, l_z = 0;
    let t_0, t_1, t_2, t_3;
    l_x = 1;
    l_y = (t_0 = l_x, l_x = add(t_0, 1), t_0);
    l_z = l_x = add(l_x, 1);
    g_a.set(l_x, (g_a.set(t_1 = sub(l_x, 1), add(t_2 = g_a.get(t_1), 1)), t_2));
    print(fmt_0(l_y, l_z, (g_a.set(l_x, sub(t_3 = g_a.get(l_x), 1)), t_3)));
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
