-- Runs inside wrk, after a part that tools/bench/load.py writes and that sets:
--   calls         list of {method, path, body or false, token or false}; each thread makes them in turn
--   pause_ms      nil, or the time between an answer and the next request
--   send_seconds  nil, or how long to send; then every answer is awaited, so that what was sent was answered
--   connections   of each thread
-- One call without body and token is the GET that wrk makes by itself, without asking Lua.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("thread_number", #threads)
end

local function text(call)
  local fields = {}
  if call[4] then fields["Authorization"] = "Bearer " .. call[4] end
  if call[3] then fields["Content-Type"] = "application/json" end
  return wrk.format(call[1], call[2], fields, call[3] or nil)
end

local texts = {}
local at = 0

function init(_)
  for _, call in ipairs(calls) do table.insert(texts, text(call)) end
  at = (thread_number - 1) * math.floor(#texts / 2)
end

local function next_text()
  at = at % #texts + 1
  return texts[at]
end

if send_seconds then
  local ffi = require("ffi")
  ffi.cdef [[
    struct bench_time { long seconds; long nanoseconds; };
    int clock_gettime(int, struct bench_time*);
    int usleep(unsigned);
  ]]
  local time = ffi.new("struct bench_time")
  local function now()
    ffi.C.clock_gettime(1, time)
    return tonumber(time.seconds) + tonumber(time.nanoseconds) / 1e9
  end

  local asked = false
  local start
  local rest
  sent, drained = 0, 0

  -- A connection asks for its next request when it has the answer to its last one. So, when the time is over, each of
  -- them gets a harmless request instead, slowly, until all have had theirs: then no answer is missing.
  function request()
    if thread_number == 1 and not asked then -- before it connects, wrk looks at one request of its first thread
      asked = true
      return texts[1]
    end
    if not start then
      start = now()
      rest = wrk.format("GET", "/health")
    end
    if now() - start < send_seconds then
      sent = sent + 1
      return next_text()
    end
    drained = drained + 1
    ffi.C.usleep(math.min(2000, 128000 / connections)) -- all of them within the second that wrk is given
    if drained >= 4 * connections then wrk.thread:stop() end
    return rest
  end
elseif #calls > 1 or calls[1][3] or calls[1][4] then
  function request() return next_text() end
end

if pause_ms then
  function delay() return pause_ms end
end

function done(summary, latency, _)
  local sent_by_all, drained_enough = 0, true
  for _, thread in ipairs(threads) do
    sent_by_all = sent_by_all + (thread:get("sent") or 0)
    drained_enough = drained_enough and (thread:get("drained") or 0) >= 4 * connections
  end
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"microseconds":%d,"p50_us":%d,"p99_us":%d,"sent":%d,"drained":%s,' ..
      '"errors":{"connect":%d,"read":%d,"write":%d,"timeout":%d,"not 2xx":%d}}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), sent_by_all,
    tostring(drained_enough), errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
