-- One record after the other, of those whose ids a file has.
local paths = {}
local at = 0

init = function()
  local headers = "Host: " .. wrk.host .. "\r\nAuthorization: Bearer " .. os.getenv("BENCH_TOKEN") .. "\r\n\r\n"
  for id in io.lines(os.getenv("BENCH_IDS")) do
    table.insert(paths, "GET " .. wrk.path .. "/" .. id .. " HTTP/1.1\r\n" .. headers)
  end
end

request = function()
  at = at % #paths + 1
  return paths[at]
end
