// function f() { while (i++ < 3) if (tid()) println(tid()) } probe begin { println(pid(), pid()); if (uid() && gid()) println(uid(), gid()); f(); println(execname(), pn(), randint(9) + randint(9)) }
export function instantiate(rt) {
  const { add, outOfActions, print } = rt;
  const fmt_0 = rt.format("%d\n");
  const fmt_1 = rt.format("%d%d\n");
  const fmt_2 = rt.format("%s%s%d\n");
  // f  test.stp:1:10
  function f_f(c) {
    let l_i = 0;
    let s_tid;
    let t_0;
    while ((t_0 = l_i, l_i = add(t_0, 1), t_0) < 3) {
      if ((c.left -= 3) < 0) outOfActions();
      if ((s_tid ??= rt.fn.tid(c)) !== 0) {
        print(fmt_0(s_tid ??= rt.fn.tid(c)));
      }
    }
  }
  // begin  test.stp:1
  function probe_0(c) {
    const s_pid = rt.fn.pid(c);
    const s_uid = rt.fn.uid(c);
    let s_gid;
    print(fmt_1(s_pid, s_pid));
    if (s_uid !== 0 && (s_gid ??= rt.fn.gid(c)) !== 0) {
      print(fmt_1(s_uid, s_gid ??= rt.fn.gid(c)));
    }
    f_f(c);
    print(fmt_2(rt.fn.execname(c), rt.fn.pn(c), add(rt.fn.randint(c, 9), rt.fn.randint(c, 9))));
  }
  return {
    probes: [probe_0],
    scalars: {},
  };
}
