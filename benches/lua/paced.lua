-- The same authenticated request again and again, with a pause before each, in milliseconds.
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
local pause = tonumber(os.getenv("BENCH_PAUSE_MS"))

delay = function()
  return pause
end
