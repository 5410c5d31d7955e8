-- The same authenticated request again and again.
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_TOKEN")
