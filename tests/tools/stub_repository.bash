# Sourced after checks.bash: a repository of the test's own in $folder/stub, with the real scripts, and with stand-ins
# for what takes long: cmake and ctest write down how they were called, and "build" a server and a demo client that are
# scripts. STUB_SERVER and STUB_DEMO say how those behave.
# shellcheck shell=bash disable=SC2154

stub=$folder/stub
mkdir -p "$stub/conf"
cp -r "$repository/tools" "$repository/.ci" "$stub/"
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port)
printf '; listen = https://localhost:1\n[http]\nlisten = https://localhost:%s\n[tls]\n' "$port" >"$stub/conf/kavro.ini"

command_file dpkg-query <<'TEXT'
#!/usr/bin/env bash
printf installed
TEXT
command_file cmake <<TEXT
#!/usr/bin/env bash
echo "cmake \$*" >>"$folder/calls"
if [[ "\$1" == --build ]]; then
  mkdir -p "\$2/bin"
  cp "$folder/server" "\$2/bin/kavro"
  cp "$folder/demo" "\$2/bin/demo_client"
fi
TEXT
command_file ctest <<TEXT
#!/usr/bin/env bash
echo "ctest \$*" >>"$folder/calls"
echo "\${ASAN_OPTIONS-}" >>"$folder/options"
if [[ -n \${STUB_REPORT-} ]]; then echo "\$STUB_REPORT" >"\${TSAN_OPTIONS##*log_path=}.1"; fi
exit \${STUB_CTEST-0}
TEXT
cat >"$folder/server" <<'TEXT'
#!/usr/bin/env python3
"""Serves /health over TLS until SIGTERM. STUB_SERVER: dies, fails_at_stop, or empty."""
import http.server, os, re, signal, ssl, sys, threading
home = os.path.dirname(os.path.dirname(sys.argv[3]))
print("stub server starts", flush=True)
if os.environ.get("STUB_SERVER") == "dies":
    print("stub server: no good", flush=True)
    sys.exit(78)
listen = os.environ.get("KAVRO_HTTP_LISTEN") or re.search(r"^listen = (.*)", open(sys.argv[3]).read(), re.M).group(1)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"status":"ok"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
server = http.server.HTTPServer(("127.0.0.1", int(listen.rsplit(":", 1)[1])), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(home + "/var/tls/localhost.crt", home + "/var/tls/localhost.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
def stop(*_):
    print("stub server stops", flush=True)
    os._exit(3 if os.environ.get("STUB_SERVER") == "fails_at_stop" else 0)
signal.signal(signal.SIGTERM, stop)
open(home + "/var/stub.pid", "w").write(str(os.getpid()))
server.serve_forever()
TEXT
cat >"$folder/demo" <<TEXT
#!/usr/bin/env bash
echo "demo \$*" >>"$folder/calls"
exit \${STUB_DEMO-0}
TEXT
chmod 755 "$folder/server" "$folder/demo"
export PATH=$folder/bin:$PATH
unset KAVRO_HTTP_LISTEN SUDO_UID

# server_is_gone: the server that was started last does not run.
server_is_gone() { [[ -s $stub/var/stub.pid ]] && ! kill -0 "$(cat "$stub/var/stub.pid")" 2>/dev/null; }
