-- A new record with each request: one of the bodies of a file, with a number of its own in place of nine zeros.
local prefer = os.getenv("BENCH_PREFER")
local count = tonumber(os.getenv("BENCH_ROUND")) * 10000000
local heads, tails = {}, {}

init = function()
  local head = "POST " .. wrk.path .. " HTTP/1.1\r\nHost: " .. wrk.host .. "\r\nAuthorization: Bearer "
    .. os.getenv("BENCH_TOKEN") .. "\r\nContent-Type: application/json\r\n"
    .. (prefer and ("Prefer: " .. prefer .. "\r\n") or "")
  for body in io.lines(os.getenv("BENCH_BODIES")) do
    local at = body:find("000000000", 1, true)
    table.insert(heads, head .. "Content-Length: " .. #body .. "\r\n\r\n" .. body:sub(1, at - 1))
    table.insert(tails, body:sub(at + 9))
  end
end

request = function()
  count = count + 1
  local body = count % #heads + 1
  return heads[body] .. string.format("%09d", count) .. tails[body]
end
