-- What the load did: requests, errors, its duration and two percentiles of the latency, in microseconds.
done = function(summary, latency)
  local e = summary.errors
  local errors = e.connect + e.read + e.write + e.status + e.timeout
  print(string.format("bench: %d %d %d %d %d", summary.requests, errors, summary.duration,
    latency:percentile(50), latency:percentile(99)))
end
