-- Runs inside wrk, after a part that tools/bench/load.py writes and that sets:
--   calls         list of {method, path, body or false, token or false}; each thread makes them in turn
--   pause_ms      nil, or the time between an answer and the next request
-- One call without body and token is the GET that wrk makes by itself, without asking Lua.

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("thread_number", threads)
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

if #calls > 1 or calls[1][3] or calls[1][4] then
  function request() return next_text() end
end

if pause_ms then
  function delay() return pause_ms end
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '\nRESULT {"requests":%d,"microseconds":%d,"p50_us":%d,"p99_us":%d,' ..
      '"errors":{"connect":%d,"read":%d,"write":%d,"timeout":%d,"not 2xx":%d}}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect, errors.read, errors.write, errors.timeout, errors.status))
end
