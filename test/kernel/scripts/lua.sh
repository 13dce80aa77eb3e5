# A longer program of Lua: closures, metatables, strings, coroutines, errors, files.
cat >program.lua <<'END'
local Stack = {} Stack.__index = Stack
function Stack.new() return setmetatable({n = 0}, Stack) end
function Stack:push(...) for _, v in ipairs({...}) do self.n = self.n + 1 self[self.n] = v end return self end
function Stack:pop() local v = self[self.n] self[self.n] = nil self.n = self.n - 1 return v end
Stack.__len = function(s) return s.n end
Stack.__tostring = function(s) return "stack of " .. s.n end
local s = Stack.new():push(1, 2, 3)
print(s, #s, s:pop(), s:pop(), #s)
local function sieve(n) local c, p = {}, {} for i = 2, n do if not c[i] then p[#p + 1] = i for j = i * i, n, i do c[j] = true end end end return p end
local primes = sieve(20000) print(#primes, primes[#primes], primes[100])
local words = {} for w in ("the quick brown fox jumps over the lazy dog the end"):gmatch("%a+") do words[w] = (words[w] or 0) + 1 end
local keys = {} for k in pairs(words) do keys[#keys + 1] = k end table.sort(keys) for _, k in ipairs(keys) do io.write(k, "=", words[k], " ") end print()
print(("%5.2f|%-6s|%03d|%x|%q"):format(math.pi, "ab", 7, 255, "a\nb"), ("hello"):rep(2, "-"), ("x=1,y=2"):gsub("(%w)=(%w)", "%2=%1"))
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end return "end" end) end
local g = gen(3) print(g()) print(g()) print(g()) print(g())
print(select(2, pcall(function() error({code = 5}) end)).code) print(select("#", pcall(error))) print(xpcall(function() local x = nil; return x.y end, function(m) return (m:gsub("^.-:%d+: ", "")) end))
print(1 // 2, 7 // 2, -7 // 2, 7 % -3, 2^53, 1 << 40, 5 // 0.0, math.maxinteger + 1 == math.mininteger, 3 | 4, "10" + 5)
local f = assert(io.open("data", "w")) for i = 1, 1000 do f:write(i, " ", i * i, "\n") end f:close()
local sum = 0 for line in io.lines("data") do local a, b = line:match("(%d+) (%d+)") sum = sum + b - a end print(sum)
local t = {} for i = 1, 5000 do t[i] = (i * 7919) % 10007 end table.sort(t, function(a, b) return a > b end) print(t[1], t[5000], table.concat(t, ",", 1, 5))
print(utf8.len("häß"), utf8.char(228, 8364), string.pack(">I4", 258):byte(1, -1))
goto done
print("not reached")
::done::
os.exit(#primes % 256)
END
lua5.4 program.lua; echo $?
