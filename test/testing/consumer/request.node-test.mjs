// A user's test with node:test, in JavaScript.
import assert from "node:assert/strict";
import { test } from "node:test";
import { probe } from "utap/testing";

const nginx = {
  declarations: `
    typedef struct { size_t len; unsigned char *data; } ngx_str_t;
    typedef struct ngx_http_request_s { ngx_str_t uri; int status; } ngx_http_request_t;
    void ngx_http_process_request(ngx_http_request_t *r);
  `,
  *main(sys, memory) {
    for (const uri of ["/", "/index.html"]) {
      const r = memory.make("ngx_http_request_t", { uri: { len: uri.length, data: uri }, status: 200 });
      yield sys.call("ngx_http_process_request", r);
    }
  },
};

test("the script prints each request's uri", () => {
  const script = `probe process("nginx").function("ngx_http_process_request") {
    println(user_string_n($r->uri->data, $r->uri->len), " ", $r->status)
  }`;
  const { out } = probe(script, { program: "/usr/sbin/nginx", programs: { "/usr/sbin/nginx": nginx } });
  assert.equal(out, "/ 200\n/index.html 200\n");
});
