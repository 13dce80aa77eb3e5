-- What scripts do: tables, strings, closures, numbers of both kinds, and garbage.
local function queens(n)
  local count, columns, left, right = 0, {}, {}, {}
  local function place(row)
    if row > n then count = count + 1 return end
    for c = 1, n do
      if not (columns[c] or left[row + c] or right[row - c + n]) then
        columns[c], left[row + c], right[row - c + n] = true, true, true
        place(row + 1)
        columns[c], left[row + c], right[row - c + n] = nil, nil, nil
      end
    end
  end
  place(1)
  return count
end

local words, seen = {}, {}
for i = 1, 20000 do words[i] = string.format("%s%d", ("abc"):rep(i % 3 + 1), i * 7919 % 1009) end
for _, word in ipairs(words) do seen[word] = (seen[word] or 0) + 1 end
table.sort(words)
local text = table.concat(words, " ", 1, 4000):gsub("%d+", function(d) return "<" .. #d .. ">" end)
local points = {}
for i = 1, 20000 do points[i] = { x = math.sin(i), y = math.cos(i) } end
local sum = 0
for round = 1, 5 do for _, p in ipairs(points) do sum = sum + p.x * p.y / (1 + p.x * p.x) end end
local different = 0
for _ in pairs(seen) do different = different + 1 end
print(queens(7), different, words[1], words[#words], #text, string.format("%.9f", sum))
