-- One write to four reads. Prints one line that scripts/soak reads: requests, errors, p99 in microseconds.
local token = os.getenv("SOAK_TOKEN")
local dataset = os.getenv("SOAK_DATASET")
local count = 0

local get = wrk.format("GET", "/api/v1/datasets/" .. dataset, { ["Authorization"] = "Bearer " .. token })
local path = "/api/v1/datasets/" .. dataset .. "/records"
local headers = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }

request = function()
  count = count + 1
  if count % 5 ~= 0 then
    return get
  end
  local text = string.format("Call %d: Marlene Oakhurst, marlene%d@example.com, 312-555-01%02d", count, count, count % 100)
  return wrk.format("POST", path, headers, '{"data":{"text":"' .. text .. '"}}')
end

done = function(summary, latency)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  print(string.format("soak: %d %d %d", summary.requests, errors, latency:percentile(99)))
end
